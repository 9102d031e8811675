-- First answers to requests that name an Idempotency-Key. The row is there before the work begins and has no answer until
-- it has ended well: what dies in between leaves a row that lets nobody do the work again.
CREATE SCHEMA IF NOT EXISTS http;

CREATE TABLE http.first_answer (
  project_id text NOT NULL REFERENCES iam.project ON DELETE CASCADE,
  caller text NOT NULL,
  -- of the caller, whatever session it is in: keys are counted by it
  user_id text NOT NULL,
  key text NOT NULL,
  request_sha256 text NOT NULL,
  status integer,
  -- the answer as JSON text; none where it has no body
  body text,
  begun_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (project_id, caller, key)
) WITH (fillfactor = 70);
CREATE INDEX first_answer_holder ON http.first_answer (project_id, user_id, expires_at);
CREATE INDEX first_answer_expiry ON http.first_answer (expires_at);
