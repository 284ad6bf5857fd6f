package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	// Version 2, though in beta: it hands on what a server sends as it comes, where
	// version 1 keeps all of it in memory, however much it is.
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/courtesyd/courtesyd/notify/email"
)

// session is one login to the mailbox. It only ever looks: the folder is opened
// for reading, and nothing marks a message as seen.
type session struct {
	server   Server
	conn     net.Conn
	client   *imapclient.Client
	validity uint32 // RFC 9051 2.3.1.1: UIDs mean something under this alone
	next     imap.UID
}

const logoutTimeout = 3 * time.Second

// open connects, logs in and opens the folder.
func (s Server) open(ctx context.Context) (*session, error) {
	config, err := s.tlsConfig()
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: s.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, s.explain(stepConnect, err)
	}
	n := &session{server: s, conn: conn}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{stepConnect, func() error { return n.greet(ctx, config) }},
		{stepLogin, n.login},
		{stepFolder, n.examine},
	} {
		if err := n.do(ctx, s.Timeout, step.do); err != nil {
			n.abort()
			return nil, s.explain(step.name, err)
		}
	}
	return n, nil
}

// do ends whatever f waits for at the server when the time is over.
func (n *session) do(ctx context.Context, limit time.Duration, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = n.conn.Close() })
	defer stop()
	err := f()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (n *session) greet(ctx context.Context, config *tls.Config) (err error) {
	options := &imapclient.Options{TLSConfig: config}
	switch n.server.TLS {
	case email.StartTLS:
		n.client, err = imapclient.NewStartTLS(n.conn, options)
	case email.ImplicitTLS:
		secure := tls.Client(n.conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return err
		}
		n.client = imapclient.New(secure, options)
	default:
		n.client = imapclient.New(n.conn, options)
	}
	if err != nil {
		return err
	}
	return n.client.WaitGreeting()
}

func (n *session) login() error {
	password, err := n.server.Password()
	if err != nil {
		return errPassword
	}
	if n.client.Caps().Has(imap.CapLoginDisabled) {
		return errNoLogin
	}
	return n.client.Login(n.server.Username, password).Wait()
}

func (n *session) examine() error {
	box, err := n.client.Select(n.server.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return err
	}
	n.validity, n.next = box.UIDValidity, box.UIDNext
	return nil
}

// after lists the messages that came after one, oldest first.
func (n *session) after(ctx context.Context, last imap.UID) ([]imap.UID, error) {
	all := imap.UIDSet{imap.UIDRange{Start: last + 1}} // no stop: to the newest
	uids, err := n.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{all}})
	// Where nothing is new the range means the newest message (RFC 9051 6.4.8).
	return slices.DeleteFunc(uids, func(uid imap.UID) bool { return uid <= last }), err
}

// since lists the messages that came on that day and later, oldest first.
func (n *session) since(ctx context.Context, day time.Time) ([]imap.UID, error) {
	return n.search(ctx, &imap.SearchCriteria{Since: day})
}

func (n *session) search(ctx context.Context, criteria *imap.SearchCriteria) (uids []imap.UID, err error) {
	err = n.do(ctx, n.server.Timeout, func() error {
		found, err := n.client.UIDSearch(criteria, nil).Wait()
		if err == nil {
			uids = found.AllUIDs()
		}
		return err
	})
	if err != nil {
		return nil, n.server.explain(stepSearch, err)
	}
	slices.Sort(uids)
	return uids, nil
}

// fetch returns the beginning of a message and when it came to the server; nil
// when it is there no more.
func (n *session) fetch(ctx context.Context, uid imap.UID) (raw []byte, received time.Time, err error) {
	err = n.do(ctx, n.server.Timeout, func() error {
		command := n.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{
			InternalDate: true,
			BodySection:  []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Size: MaxBytes}}},
		})
		for message := command.Next(); message != nil; message = command.Next() {
			for item := message.Next(); item != nil; item = message.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataInternalDate:
					received = item.Time
				case imapclient.FetchItemDataBodySection:
					if item.Literal == nil {
						continue
					}
					if raw, err = io.ReadAll(io.LimitReader(item.Literal, MaxBytes)); err != nil {
						_ = command.Close()
						return err
					}
				}
			}
		}
		return command.Close()
	})
	if err != nil {
		return nil, time.Time{}, n.server.explain(stepFetch, err)
	}
	if raw == nil {
		return nil, time.Time{}, n.gone(ctx, uid)
	}
	return raw, received, nil
}

// errKept means that a message is there, but the server does not show it.
var errKept = errors.New("read the mailbox: the mail server lists a message and does not show it")

func (n *session) gone(ctx context.Context, uid imap.UID) error {
	uids, err := n.search(ctx, &imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(uid)}})
	if err == nil && len(uids) > 0 {
		return errKept
	}
	return err
}

func (n *session) close() {
	_ = n.do(context.Background(), logoutTimeout, func() error { return n.client.Logout().Wait() })
	n.abort()
}

// abort ends the connection; what it says about that is of no use any more.
func (n *session) abort() {
	if n.client != nil {
		_ = n.client.Close()
	}
	_ = n.conn.Close()
}
