// The backend: who uploads, which files are whose, and a link for their owner alone.
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';

const { LONGSHORE_URL, LONGSHORE_TOKEN, DATABASE, PAGE, PORT } = process.env;
const database = new DatabaseSync(DATABASE);
database.exec('CREATE TABLE IF NOT EXISTS photos (file_id PRIMARY KEY, user, filename)');
const sessions = new Map(); // replace this by your login

async function longshore(path, body) {
  const headers = { Authorization: `Bearer ${LONGSHORE_TOKEN}`, 'Content-Type': 'application/json' };
  const post = body && { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${LONGSHORE_URL}/api/v1/${path}`, { ...post, headers });
  return (await answer.json()).data;
}

const app = express().use(express.json(), express.static(PAGE));

app.post('/api/login', (request, response) => {
  const id = randomUUID();
  sessions.set(id, request.body.user);
  response.cookie('session', id, { httpOnly: true, sameSite: 'strict' }).json({});
});

app.use('/api', (request, response, next) => {
  request.user = sessions.get(/session=([\w-]+)/.exec(request.headers.cookie)?.[1]);
  return request.user ? next() : response.sendStatus(401);
});

app.post('/api/token', async (request, response) => {
  const grant = { subject: 'example-react', detail: { user: request.user }, count: 100, expires_in: 3600 };
  const { token } = await longshore('grants/', grant);
  response.json({ token, endpoint: LONGSHORE_URL });
});

app.post('/api/photos', async (request, response) => {
  const file = await longshore(`file/get/${encodeURIComponent(request.body.id)}`);
  if (file?.detail?.user !== request.user) return response.sendStatus(403); // a browser may send any id
  database.prepare('INSERT OR IGNORE INTO photos VALUES (?, ?, ?)').run(file.id, request.user, file.filename);
  return response.json({});
});

app.get('/api/photos', (request, response) => {
  response.json(database.prepare('SELECT file_id, filename FROM photos WHERE user = ?').all(request.user));
});

app.get('/api/photos/:id', async (request, response) => {
  const mine = database.prepare('SELECT 1 FROM photos WHERE user = ? AND file_id = ?');
  const file = mine.get(request.user, request.params.id) && (await longshore(`file/get/${request.params.id}`));
  return file?.download_url ? response.redirect(file.download_url) : response.sendStatus(404);
});

app.listen(Number(PORT), '127.0.0.1');
