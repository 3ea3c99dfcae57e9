-- Where notifications go, who wants which, and what waits to be sent.

CREATE TABLE channels (
	id     {id},
	name   TEXT NOT NULL UNIQUE,
	body   {blob} NOT NULL, -- JSON, without secrets
	sealed {blob},          -- secrets (internal/seal)
	told   {blob}           -- what the other side remembers of us
);

CREATE TABLE wishes (
	person TEXT NOT NULL PRIMARY KEY,
	body   {blob} NOT NULL -- JSON
) {clustered};

CREATE TABLE news ( -- of alarms, until it is decided who hears of it
	id    {id},
	at    BIGINT NOT NULL,
	alarm BIGINT NOT NULL REFERENCES alarms(id) ON DELETE CASCADE,
	what  TEXT NOT NULL
);
CREATE INDEX news_alarm ON news (alarm);

CREATE TABLE messages (
	id      {id},
	channel BIGINT NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
	gather  TEXT NOT NULL,   -- empty: it is whole
	due     BIGINT NOT NULL, -- nanoseconds
	tries   BIGINT NOT NULL,
	body    {blob} NOT NULL  -- JSON
);
CREATE INDEX messages_order ON messages (channel, due, id);
CREATE UNIQUE INDEX messages_gather ON messages (channel, gather) WHERE gather <> '';
