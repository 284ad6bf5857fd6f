package config

import (
	"reflect"
	"strings"
)

// RestartNeeded lists the keys that differ between two configurations and that
// a running daemon cannot change, for example "database.url". A reload keeps
// their old values until the daemon is restarted.
func RestartNeeded(old, new *Config) []string {
	var keys []string
	compare(reflect.ValueOf(*old), reflect.ValueOf(*new), "", &keys)
	return keys
}

func compare(old, new reflect.Value, key string, keys *[]string) {
	for i := range old.NumField() {
		field := old.Type().Field(i)
		name := join(key, keyOf(field))
		if keyOf(field) == "" {
			name = join(key, strings.ToLower(field.Name))
		}
		switch {
		case field.Tag.Get("restart") != "":
			if !reflect.DeepEqual(old.Field(i).Interface(), new.Field(i).Interface()) {
				*keys = append(*keys, name)
			}
		case field.Type.Kind() == reflect.Struct && field.Type != reflect.TypeFor[Secret]():
			compare(old.Field(i), new.Field(i), name, keys)
		}
	}
}
