/**
 * Runs sst.config.ts as the sst CLI does: bundled with the globals `$config`, `$app`, `sst`, `aws` and the rest, once
 * for app() and once for run(). After SST's pkg/js/js.go and pkg/project/{project,run}.go.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Esbuild, Platform } from './platform-modules.ts';
import { REGION } from './provider.ts';

/** What app() returned, completed as the CLI completes it. */
export interface App {
  readonly name: string;
  readonly stage: string;
  readonly removal: string;
  readonly protect: boolean;
  readonly home: string;
  readonly providers: Record<string, Record<string, unknown>>;
}

/** CommonJS globals for bundles that are ES modules. */
export const BANNER = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  'const require = topLevelCreateRequire(import.meta.url);',
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from 'url';`,
  'const __filename = topLevelFileUrlToPath(import.meta.url);',
  `const __dirname = topLevelFileUrlToPath(new topLevelURL('.', import.meta.url));`,
  '',
].join('\n');

/** As `sst dev` evaluates it, and not `sst deploy`. */
const dev = process.env.SYNTH_DEV === 'true';

interface Places {
  readonly root: string;
  /** A folder inside the platform's that the caller removes. */
  readonly work: string;
}

export function evaluator(platform: Platform, { root, work }: Places) {
  const config = JSON.stringify(path.join(root, 'sst.config.ts'));
  return {
    async app(stage: string): Promise<App> {
      const returned = await evaluate(
        platform,
        { root, work },
        {
          name: 'app',
          contents: `import config from ${config}; export default await config.app({ stage: $input.stage });`,
          banner: 'function $config(input) { return input }',
          define: { $input: JSON.stringify({ stage }) },
          plugin: refuseStaticImports(),
        },
      );
      return complete(returned as Partial<App> & { name: string }, stage);
    },

    async run(app: App): Promise<void> {
      configureProviders(platform, app);
      const cli = {
        command: dev ? 'dev' : 'deploy',
        dev,
        state: { version: {} },
        paths: { home: path.join(work, 'home'), root, work, platform: platform.folder },
      };
      const runner = JSON.stringify(path.join(platform.folder, 'src/auto/run.ts'));
      const components = JSON.stringify(path.join(platform.folder, 'src/components'));
      const globals = [
        ...platform.providers.map(({ alias, package: name }) => `import * as ${alias} from ${JSON.stringify(name)};`),
        `import * as sst from ${components};`,
      ];
      await evaluate(
        platform,
        { root, work },
        {
          name: 'run',
          contents: `import { run } from ${runner}; import config from ${config}; export default await run(config.run);`,
          define: { $app: JSON.stringify(app), $dev: String(dev), $cli: JSON.stringify(cli) },
          inject: [path.join(platform.folder, 'src/shim/run.js')],
          plugin: prepend(globals, path.join(root, '.sst')),
        },
      );
    },
  };
}

function complete(returned: Partial<App> & { name: string }, stage: string): App {
  const { name, home = 'aws', removal = 'retain', protect = false } = returned;
  const providers = { [home]: {}, ...returned.providers };
  const aws = providers.aws ?? {};
  const tags = { ...tagsOf(aws), 'sst:app': name, 'sst:stage': stage };
  providers.aws = { region: REGION, ...aws, defaultTags: { tags } };
  return { name, stage, home, removal, protect, providers };
}

/** The tags that an app's or an evaluated provider's options give to all that it makes. */
export function tagsOf({ defaultTags }: Record<string, unknown> = {}): Record<string, string> {
  const tags = typeof defaultTags === 'object' && defaultTags !== null && 'tags' in defaultTags ? defaultTags.tags : {};
  return typeof tags === 'object' ? { ...tags } : {};
}

/** Only texts and objects arrive: the CLI drops booleans and numbers. */
function configureProviders({ pulumi }: Platform, app: App): void {
  for (const [provider, options] of Object.entries(app.providers)) {
    for (const [key, value] of Object.entries(options)) {
      if (typeof value === 'string') pulumi.runtime.setConfig(`${provider}:${key}`, value);
      else if (typeof value === 'object') pulumi.runtime.setConfig(`${provider}:${key}`, JSON.stringify(value));
    }
  }
}

interface Evaluation {
  readonly name: string;
  readonly contents: string;
  readonly define: Record<string, string>;
  readonly banner?: string;
  readonly inject?: string[];
  readonly plugin: Esbuild.Plugin;
}

/** Left to Node, which finds them in the platform's node_modules: the bundle lies inside the platform folder. */
const EXTERNAL = [
  ...['@pulumi/*', '@pulumiverse/*', '@sst-provider/*', '@aws-sdk/*'],
  ...['undici', 'esbuild', 'archiver', 'glob', 'vite'],
];

/** The default export of the contents. */
async function evaluate(platform: Platform, { root, work }: Places, evaluation: Evaluation): Promise<unknown> {
  const outfile = path.join(work, `${evaluation.name}.mjs`);
  await platform.esbuild.build({
    stdin: { contents: evaluation.contents, resolveDir: root, sourcefile: 'eval.ts', loader: 'ts' },
    outfile,
    define: evaluation.define,
    inject: evaluation.inject ?? [],
    banner: { js: BANNER + (evaluation.banner ?? '') },
    external: EXTERNAL,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    sourcemap: 'linked',
    logLevel: 'silent',
    nodePaths: [path.join(platform.folder, 'node_modules')],
    plugins: [evaluation.plugin],
  });
  return (await import(outfile)).default;
}

/** The CLI stops at an import at the top of sst.config.ts. */
function refuseStaticImports(): Esbuild.Plugin {
  const refuse = ({ importer, kind }: Esbuild.OnResolveArgs) =>
    path.basename(importer) === 'sst.config.ts' && kind === 'import-statement'
      ? { errors: [{ text: 'top-level imports are not allowed in sst.config.ts' }] }
      : undefined;
  return {
    name: 'no-static-imports',
    setup: (build) => build.onResolve({ filter: /.*/ }, refuse),
  };
}

/** Puts statements before every source file outside `except`. */
function prepend(statements: readonly string[], except: string): Esbuild.Plugin {
  const load = ({ path: file }: Esbuild.OnLoadArgs): Esbuild.OnLoadResult | undefined =>
    file.startsWith(except)
      ? undefined
      : { contents: [...statements, readFileSync(file, 'utf8')].join('\n'), loader: 'default' };
  return {
    name: 'prepend',
    setup: (build) => build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, load),
  };
}
