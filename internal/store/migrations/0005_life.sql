-- Who puts a finding right, and until when; what people note of devices; sums that the page asks for.

ALTER TABLE findings ADD COLUMN owner TEXT NOT NULL DEFAULT ''; -- empty: nobody yet
ALTER TABLE findings ADD COLUMN due BIGINT NOT NULL DEFAULT 0;   -- nanoseconds; 0: no date
CREATE INDEX findings_owner ON findings (owner, severity, last, id) WHERE owner <> '';
CREATE INDEX findings_due ON findings (due, id) WHERE due > 0;

CREATE TABLE notes (
	id     {id},
	device TEXT NOT NULL,
	at     BIGINT NOT NULL,
	who    TEXT NOT NULL,
	words  TEXT NOT NULL
);
CREATE INDEX notes_device ON notes (device, id);

CREATE TABLE pulses ( -- what went out of all devices together, in hours that have ended
	hour       BIGINT NOT NULL,
	site       BIGINT NOT NULL,
	watching   BIGINT NOT NULL, -- 1: of those that see or hear people
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (hour, site, watching)
) {clustered};

CREATE TABLE days ( -- what went out of all devices of a site together, in ended hours
	site       BIGINT NOT NULL,
	day        BIGINT NOT NULL,
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (site, day)
) {clustered};

-- Of the days before, those that stand alone in countries and topdays are known.
INSERT INTO days (site, day, sent, received, flows, unanswered)
	SELECT site, day, SUM(sent), SUM(received), SUM(flows), SUM(unanswered) FROM (
		SELECT site, span - 2000000 AS day, sent, received, flows, unanswered FROM countries WHERE site > 0 AND span >= 2000000 AND span < 3000000
		UNION ALL SELECT site, day, sent, received, flows, unanswered FROM topdays) known GROUP BY site, day;

CREATE TABLE homes ( -- what a device exchanged with the outside since it is known, in ended hours
	party      {key},
	last       BIGINT NOT NULL, -- nanoseconds
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL
);

CREATE TABLE tallies ( -- sums of tops by what is behind a far end
	site       BIGINT NOT NULL,
	span       BIGINT NOT NULL,
	sort       BIGINT NOT NULL, -- 1: country of the operator, 2: network
	name       TEXT NOT NULL,   -- of a network: its number, a blank, its name
	sent       BIGINT NOT NULL,
	received   BIGINT NOT NULL,
	flows      BIGINT NOT NULL,
	unanswered BIGINT NOT NULL,
	PRIMARY KEY (site, span, sort, name)
) {clustered};

INSERT INTO tallies (site, span, sort, name, sent, received, flows, unanswered)
	SELECT t.site, t.span, 1, e.operator, SUM(t.sent), SUM(t.received), SUM(t.flows), SUM(t.unanswered)
	FROM tops t JOIN ends e ON e.id = t.far GROUP BY t.site, t.span, e.operator;
INSERT INTO tallies (site, span, sort, name, sent, received, flows, unanswered)
	SELECT t.site, t.span, 2, CAST(e.asn AS TEXT) || ' ' || e.network, SUM(t.sent), SUM(t.received), SUM(t.flows), SUM(t.unanswered)
	FROM tops t JOIN ends e ON e.id = t.far GROUP BY t.site, t.span, CAST(e.asn AS TEXT) || ' ' || e.network;

CREATE INDEX ends_name ON ends (name) WHERE name <> '';
