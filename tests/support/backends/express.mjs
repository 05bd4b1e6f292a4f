// Serves the recipe for Express on PORT; the header X-User stands for its login.
import express from 'express';
import { app } from './recipe.mjs';

const site = express();
site.use((request, _response, next) => {
  request.user = request.get('X-User');
  next();
});
site.use(app);
site.listen(Number(process.env.PORT), '127.0.0.1');
