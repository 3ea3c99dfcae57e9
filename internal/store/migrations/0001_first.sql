-- Tokens in curly braces differ by database (migrate.go): {id} a number made by the database,
-- {key} a number we make, {blob} bytes, {clustered} rows kept in the order of their primary key.
-- docs/format/store.md says what each table is for, and counts its bytes.

CREATE TABLE settings (
	name  TEXT NOT NULL PRIMARY KEY,
	value {blob} NOT NULL
) {clustered};

CREATE TABLE retention (
	name TEXT NOT NULL PRIMARY KEY, -- of what is kept
	days BIGINT NOT NULL CHECK (days >= 0) -- 0: for ever
) {clustered};

-- Names that stand for numbers.

CREATE TABLE orgs (
	id   {id},
	name TEXT NOT NULL UNIQUE
);

CREATE TABLE departments (
	id   {id},
	org  BIGINT NOT NULL REFERENCES orgs(id),
	name TEXT NOT NULL,
	UNIQUE (org, name)
);

CREATE TABLE sites (
	id         {id},
	name       TEXT NOT NULL UNIQUE,
	department BIGINT REFERENCES departments(id),
	declared   BIGINT NOT NULL DEFAULT 0, -- 1: by PutSite; 0: only heard of
	body       {blob}                     -- JSON
);

CREATE TABLE kinds (
	id   {id},
	name TEXT NOT NULL UNIQUE
);

CREATE TABLE parties ( -- a device at a site
	id     {id},
	device TEXT NOT NULL,
	site   BIGINT NOT NULL REFERENCES sites(id),
	hidden BIGINT NOT NULL DEFAULT 0,
	UNIQUE (device, site)
);

CREATE TABLE ends ( -- far ends
	id       {id},
	mark     {blob} NOT NULL UNIQUE, -- of all that follows but last
	far      {blob} NOT NULL,        -- address, 4 or 16 bytes; none: 0
	port     BIGINT NOT NULL,
	protocol TEXT NOT NULL,
	app      TEXT NOT NULL,
	name     TEXT NOT NULL,
	country  TEXT NOT NULL,
	operator TEXT NOT NULL,
	asn      BIGINT NOT NULL,
	network  TEXT NOT NULL,
	peer     TEXT NOT NULL,
	flags    BIGINT NOT NULL,        -- 1 outside, 2 the device opened it
	last     BIGINT NOT NULL         -- day
);

-- Facts.

CREATE TABLE hosts (
	id    {id},
	mark  {blob} NOT NULL UNIQUE,
	site  BIGINT NOT NULL REFERENCES sites(id),
	addr  {blob} NOT NULL,
	mac   {blob} NOT NULL,
	kind  TEXT NOT NULL,   -- of another key
	value {blob} NOT NULL
);

CREATE INDEX hosts_addr ON hosts (addr);
CREATE INDEX hosts_mac ON hosts (mac);
CREATE INDEX hosts_value ON hosts (value);

CREATE TABLE facts (
	host   BIGINT NOT NULL REFERENCES hosts(id),
	kind   BIGINT NOT NULL REFERENCES kinds(id),
	mark   {blob} NOT NULL, -- of the value
	asked  BIGINT NOT NULL,
	first  BIGINT NOT NULL, -- nanoseconds
	last   BIGINT NOT NULL,
	count  BIGINT NOT NULL,
	sensor TEXT NOT NULL,   -- that told it last
	value  {blob} NOT NULL,
	PRIMARY KEY (host, kind, mark, asked)
) {clustered};

CREATE TABLE frames (
	id   {id},
	at   BIGINT NOT NULL, -- nanoseconds
	body {blob} NOT NULL
);
CREATE INDEX frames_at ON frames (at, id);

-- Contacts.

CREATE TABLE hours ( -- those still open; hours since 1970
	hour       BIGINT NOT NULL,
	party      BIGINT NOT NULL,
	far        BIGINT NOT NULL, -- 0: not kept
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (hour, party, far)
) {clustered};

CREATE TABLE hourpacks ( -- hours that have ended
	id   {key}, -- day << 32 | party
	body {blob} NOT NULL
);

CREATE TABLE daypacks ( -- days older than a fortnight
	id   {key}, -- party << 16 | week
	body {blob} NOT NULL
);

CREATE TABLE topdays ( -- far ends outside, of ended hours of days that are not yet in tops
	day        BIGINT NOT NULL,
	site       BIGINT NOT NULL,
	far        BIGINT NOT NULL,
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (day, site, far)
) {clustered};

CREATE TABLE tops (
	far        BIGINT NOT NULL,
	site       BIGINT NOT NULL, -- 0: all together
	span       BIGINT NOT NULL, -- 0: all; else a month or a block of days (span.go)
	country    TEXT NOT NULL,
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (far, site, span)
) {clustered};
CREATE INDEX tops_rank ON tops (site, span, (sent + received), far);
CREATE INDEX tops_country ON tops (site, span, country, (sent + received), far);

CREATE TABLE countries (
	site       BIGINT NOT NULL,
	span       BIGINT NOT NULL,
	country    TEXT NOT NULL,
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (site, span, country)
) {clustered};

-- Devices and what is believed of them.

CREATE TABLE devices (
	id   TEXT NOT NULL PRIMARY KEY,
	line {blob} NOT NULL -- what lists show and search, JSON
) {clustered};

CREATE TABLE bodies (
	id   TEXT NOT NULL PRIMARY KEY,
	body {blob} NOT NULL -- all that is concluded, JSON, zstd
);

CREATE TABLE changes (
	id        {id},
	at        BIGINT NOT NULL,
	device    TEXT NOT NULL,
	field     TEXT NOT NULL,
	was       TEXT NOT NULL,
	became    TEXT NOT NULL,
	why       TEXT NOT NULL,
	knowledge TEXT NOT NULL
);
CREATE INDEX changes_device ON changes (device, at, id);
CREATE INDEX changes_at ON changes (at, id);

CREATE TABLE findings (
	id        {id},
	device    TEXT NOT NULL,
	code      TEXT NOT NULL,
	cause     TEXT NOT NULL, -- Finding.Key
	site      TEXT NOT NULL,
	severity  BIGINT NOT NULL,
	first     BIGINT NOT NULL,
	last      BIGINT NOT NULL,
	closed    BIGINT NOT NULL, -- 0: open
	why       TEXT NOT NULL,
	knowledge TEXT NOT NULL,
	body      {blob} NOT NULL, -- title, detail, fix, evidence: JSON
	UNIQUE (device, code, cause)
);
CREATE INDEX findings_worst ON findings (severity, last, id);
CREATE INDEX findings_last ON findings (last, id);
CREATE INDEX findings_open ON findings (closed, severity, last, id);
CREATE INDEX findings_code ON findings (code, last, id);

CREATE TABLE alarms (
	id       {id},
	device   TEXT NOT NULL,
	code     TEXT NOT NULL,
	cause    TEXT NOT NULL,
	site     TEXT NOT NULL,
	severity BIGINT NOT NULL,
	state    TEXT NOT NULL,
	assignee TEXT NOT NULL,
	raised   BIGINT NOT NULL,
	changed  BIGINT NOT NULL,
	resolved BIGINT NOT NULL,
	body     {blob} NOT NULL
);
CREATE UNIQUE INDEX alarms_cause ON alarms (device, code, cause) WHERE state <> 'resolved';
CREATE INDEX alarms_changed ON alarms (changed, id);
CREATE INDEX alarms_raised ON alarms (raised, id);
CREATE INDEX alarms_severity ON alarms (severity, changed, id);
CREATE INDEX alarms_state ON alarms (state, changed, id);
CREATE INDEX alarms_device ON alarms (device, changed, id);
CREATE INDEX alarms_resolved ON alarms (resolved) WHERE state = 'resolved';

CREATE TABLE comments (
	id    {id},
	alarm BIGINT NOT NULL REFERENCES alarms(id) ON DELETE CASCADE,
	at    BIGINT NOT NULL,
	who   TEXT NOT NULL,
	words TEXT NOT NULL
);
CREATE INDEX comments_alarm ON comments (alarm, id);

CREATE TABLE risks (
	id     {id},
	device TEXT NOT NULL,
	code   TEXT NOT NULL,
	cause  TEXT NOT NULL,
	reason TEXT NOT NULL CHECK (reason <> ''),
	who    TEXT NOT NULL,
	at     BIGINT NOT NULL,
	until  BIGINT NOT NULL CHECK (until > 0)
);
CREATE INDEX risks_until ON risks (until, id);

-- What the owner says.

CREATE TABLE claims (
	id     {id},
	source TEXT NOT NULL,
	body   {blob} NOT NULL
);
CREATE INDEX claims_source ON claims (source, id);

CREATE TABLE suppliers (
	id   {id},
	name TEXT NOT NULL UNIQUE,
	body {blob} NOT NULL
);

CREATE TABLE deliveries (
	id       {id},
	supplier BIGINT NOT NULL REFERENCES suppliers(id),
	body     {blob} NOT NULL
);
CREATE INDEX deliveries_supplier ON deliveries (supplier, id);

-- Who did what.

CREATE TABLE entries (
	id     {id},
	at     BIGINT NOT NULL,
	who    TEXT NOT NULL,
	did    TEXT NOT NULL,
	about  TEXT NOT NULL,
	detail TEXT NOT NULL
);
CREATE INDEX entries_who ON entries (who, id);
CREATE INDEX entries_did ON entries (did, id);
CREATE INDEX entries_about ON entries (about, id);
{entries}

CREATE TABLE tokens (
	id      {id},
	name    TEXT NOT NULL UNIQUE,
	hash    {blob} NOT NULL UNIQUE, -- SHA-256 of the token; the token itself is nowhere
	scopes  TEXT NOT NULL,
	who     TEXT NOT NULL,
	created BIGINT NOT NULL,
	until   BIGINT NOT NULL,
	used    BIGINT NOT NULL,
	revoked BIGINT NOT NULL
);
