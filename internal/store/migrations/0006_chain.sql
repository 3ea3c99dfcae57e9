-- Each entry of the audit log keeps a hash over the one before and itself (chain.go): those that
-- are there are chained by the step that runs after this one. Tokens get sites, and their scopes
-- become roles: read, write and admin are read as viewer, operator and owner.

{entries-open}

ALTER TABLE entries ADD COLUMN hash {blob};

ALTER TABLE tokens ADD COLUMN sites TEXT NOT NULL DEFAULT 'null'; -- JSON; "null": all
