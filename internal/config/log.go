package config

import "log/slog"

// LogFormat is how log lines are written.
type LogFormat string

// Log formats. LogAuto writes for the journal under systemd, text elsewhere.
const (
	LogAuto LogFormat = "auto"
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Log says how much is logged and in which form.
type Log struct {
	Level  slog.Level `yaml:"level"`
	Format LogFormat  `yaml:"format" restart:"needed"`
}

func defaultLog() Log { return Log{Level: slog.LevelInfo, Format: LogAuto} }

func (l *Log) check(c *checker) {
	oneOf(c, "log.format", l.Format, LogAuto, LogText, LogJSON)
}
