/**
 * The console's HTTP interface: the page, and read-only lists for it under /api. A fetch-style application, so that any
 * server or a function behind a URL can carry it; it trusts nobody and asks nobody who they are, so what carries it has to.
 *
 * Every list but that of the projects is within one project. What is wrong with a request is said in
 * `{"error": {"code", "message", "parameter"?}}`.
 */
import { log, messageOf } from '@millrace/core/runtime';
import type { Streams } from '@millrace/core/stream';
import { Hono } from 'hono';
import type { z } from 'zod';
import { BadParameter, ofNothing, ofPage, ofProject, ofStreamPage, parseParameters } from './parameters.ts';
import { listDeliveries } from './read/deliveries.ts';
import { episodeHistory, listEpisodes } from './read/episodes.ts';
import { listProjects } from './read/projects.ts';
import { listRefused } from './read/quarantine.ts';
import { listRules } from './read/rules.ts';
import { listSilences } from './read/silences.ts';
import { listFiles, listStreams } from './read/streams.ts';
import { siteFile } from './site.ts';

/** The page loads its own files and asks its own server; nothing else runs, and no text can become markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store', // tenants' data, and a page that is small
} as const;

/** @param streams as packages/pipeline declares them: tells whose file a key is. */
export function createConsole(streams: Streams): Hono {
  const app = new Hono();
  app.use(async ({ req }, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return refusal(405, 'read_only', 'the console only reads');
    return await next();
  });
  addLists(app, streams);
  app.get('/projects/:project/alerts/:episode?', ({ req, redirect }) => {
    const episode = req.param('episode');
    const place = episode === undefined ? 'episodes' : `episodes/${encodeURIComponent(episode)}`;
    return redirect(`/?project=${encodeURIComponent(req.param('project'))}#/${place}`);
  });
  app.get('*', ({ req }) => {
    const file = siteFile(req.path);
    if (file === undefined) return refusal(404, 'not_found', 'there is nothing here; begin at /');
    return new Response(file.body, { headers: { ...HEADERS, 'content-type': file.type } });
  });
  app.onError(failure);
  return app;
}

function addLists(app: Hono, streams: Streams): void {
  const list = <T extends z.ZodType>(path: string, schema: T, read: (given: z.output<T>) => Promise<object>) =>
    app.get(path, async ({ req }) => reply(200, await read(parseParameters(new URL(req.url).searchParams, schema))));

  list('/api/projects', ofNothing, () => listProjects());
  list('/api/streams', ofProject, ({ project }) => listStreams(project));
  list('/api/files', ofStreamPage, ({ project, collection, ...page }) => listFiles(project, collection, page));
  list('/api/episodes', ofPage, ({ project, ...page }) => listEpisodes(project, page));
  list('/api/deliveries', ofPage, ({ project, ...page }) => listDeliveries(project, page));
  list('/api/silences', ofProject, ({ project }) => listSilences(project));
  list('/api/rules', ofPage, ({ project, ...page }) => listRules(project, page));
  list('/api/quarantine', ofPage, ({ project, ...page }) => listRefused(project, streams, page));
  app.get('/api/episodes/:episode', async ({ req }) => {
    const { project } = parseParameters(new URL(req.url).searchParams, ofProject);
    const history = await episodeHistory(project, req.param('episode'));
    return history === undefined ? refusal(404, 'not_found', 'the project has no such episode') : reply(200, history);
  });
}

function reply(status: number, body: object): Response {
  return Response.json(body, { status, headers: HEADERS });
}

export function refusal(status: number, code: string, message: string, parameter?: string): Response {
  return reply(status, { error: { code, message, ...(parameter === undefined ? {} : { parameter }) } });
}

function failure(caught: unknown): Response {
  if (caught instanceof BadParameter) return refusal(400, caught.code, caught.message, caught.parameter);
  log.error('the console could not answer', { error: messageOf(caught) });
  return refusal(500, 'failed', 'the console could not read what was asked for; its log says why');
}
