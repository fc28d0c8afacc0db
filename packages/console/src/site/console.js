/**
 * The console's page: what the address names is asked for, shown, and asked for again every few seconds.
 *
 * `?project=shop#/episodes/<id>`: the project in the query, the place in the fragment. Without a project, an episode is
 * looked for in all of them.
 */
import { element } from './element.js';
import { episodeDetail, episodeList, silenceList } from './episodes.js';
import { deliveryList, quarantineList, ruleList } from './lists.js';
import { fileList, streamList } from './streams.js';
import { empty } from './text.js';

/** ms between two looks. */
const PERIOD = 5000;
const PLACES = [
  ['episodes', 'Alerts'],
  ['streams', 'Streams'],
  ['deliveries', 'Deliveries'],
  ['rules', 'Rules'],
  ['quarantine', 'Quarantine'],
];

const view = document.getElementById('view');
const live = document.getElementById('live');
const picker = document.getElementById('project');
const places = document.getElementById('places');

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, parameters) {
  const response = await fetch(`/api/${path}?${new URLSearchParams(parameters)}`);
  const body = await response.json();
  if (!response.ok) throw new Refused(response.status, body.error?.message ?? `HTTP ${response.status}`);
  return body;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where the address points to. */
function here() {
  const [, place = '', name] = location.hash.split('/');
  const known = PLACES.some(([one]) => one === place);
  return {
    project: new URLSearchParams(location.search).get('project'),
    place: known ? place : 'episodes',
    name: known && name ? decode(name) : undefined,
  };
}

async function episodesView(project, name) {
  const [list, silences] = await Promise.all([ask('episodes', { project }), ask('silences', { project })]);
  const chosen = name ?? list.items[0]?.episode;
  const detail = chosen && (await ask(`episodes/${encodeURIComponent(chosen)}`, { project }).catch(absent));
  const shown =
    chosen === undefined ? null : detail ? episodeDetail(detail) : empty('There is no such episode in this project.');
  return {
    data: [list, silences, detail],
    nodes: element('div', null, silenceList(silences), element('div.columns', null, episodeList(list, chosen), shown)),
  };
}

function absent(caught) {
  if (caught.status === 404) return null;
  throw caught;
}

async function streamsView(project, name) {
  const list = await ask('streams', { project });
  const collection = name ?? list.items[0]?.collection;
  const files = collection === undefined ? null : await ask('files', { project, collection, limit: 25 });
  const nodes = [streamList(list, collection), files && fileList(files, collection)];
  return { data: [list, files], nodes: element('div', null, nodes) };
}

const listView = (path, show) => async (project) => {
  const list = await ask(path, { project });
  return { data: list, nodes: show(list) };
};

const VIEWS = {
  episodes: episodesView,
  streams: streamsView,
  deliveries: listView('deliveries', deliveryList),
  rules: listView('rules', ruleList),
  quarantine: listView('quarantine', quarantineList),
};

function showPlaces({ place, project }) {
  const link = ([name, label]) =>
    element('a', { href: `#/${name}`, ...(name === place ? { 'aria-current': 'page' } : {}) }, label);
  places.replaceChildren(...PLACES.map(link));
  document.title = `${PLACES.find(([name]) => name === place)[1]} · ${project ?? 'no project'} · Millrace`;
}

let offered = '';

/** Offers the projects there are. @returns their names */
async function showProjects(current) {
  const { items } = await ask('projects', {});
  const names = items.map(({ project }) => project);
  if (current !== null && !names.includes(current)) names.push(current);
  if (JSON.stringify(names) !== offered) {
    picker.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
    offered = JSON.stringify(names);
  }
  if (current !== null) picker.value = current;
  return names;
}

/** The project that has the episode the address names; else the first. */
async function projectFor({ place, name }, names) {
  if (place === 'episodes' && name !== undefined) {
    for (const project of names) {
      if (await ask(`episodes/${encodeURIComponent(name)}`, { project }).catch(absent)) return project;
    }
  }
  return names[0];
}

let drawn = '';
let turn = 0;

/** Said again only where it is something else: it is read aloud. */
function showLive(text) {
  if (live.textContent === text) return;
  live.replaceChildren(element(text === 'live' ? 'span.pulse' : 'span.pulse.off', null), text);
}

async function draw() {
  const mine = ++turn;
  const at = here();
  try {
    const names = await showProjects(at.project);
    if (at.project === null) {
      const project = await projectFor(at, names);
      if (mine !== turn) return;
      if (project === undefined) return void show('nothing', empty('Nothing has come in yet.'));
      history.replaceState(null, '', `?${new URLSearchParams({ project })}${location.hash}`);
      return await draw();
    }
    const { data, nodes } = await VIEWS[at.place](at.project, at.name);
    if (mine !== turn) return;
    showPlaces(at);
    show(JSON.stringify([at, data]), nodes);
    showLive('live');
  } catch (caught) {
    if (mine !== turn) return;
    showPlaces(at);
    showLive('not answering');
    if (caught.status !== undefined || drawn === '') show('', empty(caught.message));
  }
}

/** What has not changed stays, with its scroll position and what is unfolded. */
function show(key, nodes) {
  if (key !== '' && key === drawn) return;
  drawn = key;
  view.replaceChildren(nodes);
}

picker.addEventListener('change', () => {
  history.pushState(null, '', `?${new URLSearchParams({ project: picker.value })}#/${here().place}`);
  void draw();
});
addEventListener('hashchange', () => void draw());
addEventListener('popstate', () => void draw());
setInterval(() => document.visibilityState === 'visible' && void draw(), PERIOD);
void draw();
