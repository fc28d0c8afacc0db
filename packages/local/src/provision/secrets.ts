/**
 * Values of secrets on a laptop: whoever wants a real one gives it in the environment, the others have one of no worth,
 * so that what signs, hashes or sends with them runs.
 */
import type { Registry } from './registry.ts';

/** Before the name of a secret, in the environment of whoever starts the stack. */
const VARIABLE = 'MILLRACE_SECRET_';

/** Of each secret that a function of the registry is granted. @param known values that the stack has by itself. */
export function localSecrets(
  { workflows, triggers }: Registry,
  known: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const grants = [...workflows, ...triggers].flatMap((entry) => entry.grants);
  const names = grants.flatMap((grant) => (grant.startsWith('secret:') ? [grant.slice('secret:'.length)] : []));
  return Object.fromEntries(
    names.map((name) => [name, environment[`${VARIABLE}${name}`] || known[name] || `local-${name}`]),
  );
}
