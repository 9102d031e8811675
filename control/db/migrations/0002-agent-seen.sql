-- Nobody read when an agent linked; when it was last heard of decides whether its server is shown as ready. That is
-- written again and again, so rows leave room beside themselves.
ALTER TABLE agents.agent DROP COLUMN linked_at;
ALTER TABLE agents.agent SET (fillfactor = 50);
