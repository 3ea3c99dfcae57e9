-- Reports that were made: the document, from which every file of it is made anew.

CREATE TABLE reports (
	id      {id},
	kind    TEXT NOT NULL,   -- site, list, case
	subject TEXT NOT NULL,   -- of what: a site, an instrument, a device, a delivery
	site    TEXT NOT NULL,   -- whose devices are in it; empty: of more than one
	title   TEXT NOT NULL,
	at      BIGINT NOT NULL,
	who     TEXT NOT NULL,
	size    BIGINT NOT NULL, -- bytes of the document
	body    {blob} NOT NULL  -- the document, zstd
);
CREATE INDEX reports_kind ON reports (kind, id);
CREATE INDEX reports_site ON reports (site, id);

CREATE TABLE reviews (
	id     {id},
	report BIGINT NOT NULL REFERENCES reports(id) ON DELETE CASCADE,
	at     BIGINT NOT NULL,
	who    TEXT NOT NULL,
	note   TEXT NOT NULL
);
CREATE INDEX reviews_report ON reviews (report, id);
