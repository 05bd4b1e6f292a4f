// @uppy/companion as its documentation sets it up for S3, on the loopback port given; it signs, nothing else is asked of it.
import * as companion from '@uppy/companion';
import express from 'express';
import session from 'express-session';

const [port, endpoint, key, secret] = process.argv.slice(2);
const app = express();
app.use(session({ secret: 'bench', resave: false, saveUninitialized: false }));
const { app: companionApp } = companion.app({
  secret: 'bench-secret-of-companion',
  preAuthSecret: 'another-bench-secret',
  filePath: process.env.TMPDIR ?? '/tmp',
  server: { host: `127.0.0.1:${port}`, protocol: 'http' },
  corsOrigins: true,
  uploadUrls: ['http://127.0.0.1/'],
  metrics: false,
  s3: { key, secret, endpoint, bucket: 'longshore-private', region: 'us-east-1', forcePathStyle: true, expires: 3600 },
});
app.use(companionApp);
app.listen(Number(port), '127.0.0.1', () => console.log('listening'));
