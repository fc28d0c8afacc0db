/**
 * The layout of Keen's S3 streams:
 * `{project}/{interval}/{collection}/{project}-{collection}-{interval}.json.gz`, a file every five minutes, with object
 * metadata `collection` and `timestamp` that win over the key.
 */
import { iso, MINUTE } from '../runtime/index.ts';
import { intervalsOf, type Layout, type Placement, UnrecognizedKey } from './layout.ts';
import { isName, parseTime } from './name.ts';

const SUFFIX = '.json.gz';

/** @param options.intervalLength ms between two files of a collection. */
export function keen(options: { readonly intervalLength?: number } = {}): Layout {
  const intervalLength = options.intervalLength ?? 5 * MINUTE;
  const start = (time: number) => Math.floor(time / intervalLength) * intervalLength;
  return {
    name: 'keen',
    intervalLength,
    namesFiles: true,
    timePath: ['keen', 'timestamp'],
    idPath: ['keen', 'id'],
    parse: (key, metadata) => {
      const found = placement(key, metadata);
      return { ...found, interval: start(found.interval) };
    },
    key: ({ project, collection, interval, part }) => {
      const time = iso(interval);
      return `${project}/${time}/${collection}/${project}-${collection}-${time}${part === undefined ? '' : `-${part}`}${SUFFIX}`;
    },
    metadata: ({ collection, interval }) => ({
      ...(isHeaderSafe(collection) ? { collection } : {}), // the key tells the others
      timestamp: iso(interval),
    }),
    *prefixes({ project, collection, from, to }) {
      for (const interval of intervalsOf({ from, to }, intervalLength)) {
        yield `${project}/${iso(interval)}/${collection === undefined ? '' : `${collection}/`}`;
      }
    },
  };
}

/** Metadata that is unusable is as good as absent: then the key decides. */
function placement(key: string, metadata: Readonly<Record<string, string>>): Placement {
  const [project, keyTime, keyCollection, file, ...more] = key.split('/');
  if (project === undefined || keyTime === undefined || !isName(project)) {
    throw new UnrecognizedKey(key, 'no project; the key has to start with "{project}/"');
  }
  const inKey = file !== undefined && file !== '' && more.length === 0;
  const collection = [own(metadata, 'collection'), inKey ? keyCollection : undefined].find(isName);
  const times = [own(metadata, 'timestamp'), inKey ? keyTime : undefined].map(parseTime);
  const interval = times.find((time) => time !== undefined);
  if (collection === undefined || interval === undefined) {
    const missing = collection === undefined ? 'collection' : 'interval';
    throw new UnrecognizedKey(
      key,
      `no ${missing}; name the file {project}/{interval}/{collection}/{file}, or set the object metadata "collection" and "timestamp"`,
    );
  }
  const part = inKey ? partOf(file, `${project}-${keyCollection}-${keyTime}`) : undefined;
  return { project, collection, interval, ...(part === undefined ? {} : { part }) };
}

function partOf(file: string, canonical: string): string | undefined {
  if (file === `${canonical}${SUFFIX}`) return undefined;
  const stem = file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : file;
  return stem.startsWith(`${canonical}-`) ? stem.slice(canonical.length + 1) : stem;
}

const own = (metadata: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(metadata, name) ? metadata[name] : undefined;

/** S3 metadata travels in HTTP headers: printable ASCII. */
function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}
