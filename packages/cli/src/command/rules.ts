/**
 * `millrace rules`: the rules of a stage, as packages/pipeline says them and as its table has them.
 */
import { type Command, hint, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { actions } from './rules-actions.ts';

export const rules: Command = {
  name: 'rules',
  summary: 'Applies, lists, shows, switches, tests and back-tests alert rules',
  positionals: ['apply|list|show|enable|disable|test|backtest'],
  optional: ['RULE'],
  options: {
    project: { value: 'P', says: 'the project of the rule, where several have one of that id' },
    prune: { says: 'apply: retire what packages/pipeline no longer has' },
    'dry-run': { says: 'apply: only show what would change' },
    from: { value: 'TIME', says: 'backtest: first interval, as in 2026-03-02T09:00Z' },
    to: { value: 'TIME', says: 'backtest: end of the last interval' },
    json: { says: 'backtest: all of it as JSON, the series included' },
    ...endpointOption,
  },
  help: `apply     shows what differs between packages/pipeline/src/rules and the stage, and puts it into the stage's table. A rule
          that does something else than before gets a new version, which starts with no alert; the open alerts of the
          version before it resolve within a minute. Takes effect within 30 seconds.
list      the rules in force
show      one of them as JSON, with its history
enable    switches a rule on; disable switches it off, and its open alerts resolve. Applying the rules again sets what
          packages/pipeline says.
test      runs the tests the rules of packages/pipeline carry (of one rule, or of all); needs no stage
backtest  what a rule of packages/pipeline (or, where it has none of that id, of the stage) would have raised over the
          files between --from and --to, which lie in the stage's bucket. Writes nothing.

For a deployed stage: npx sst shell --stage production pnpm millrace rules apply`,
  run: async (given) => {
    const [name = ''] = given.positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) throw new UsageError(`there is no "rules ${name}"${hint(name, Object.keys(actions))}`);
    if (action.stage) await connect(given.get('endpoint'));
    return await action.run(given);
  },
};
