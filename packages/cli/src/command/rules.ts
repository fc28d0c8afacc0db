/**
 * `millrace rules`: the rules of a stage, as packages/pipeline says them and as its table has them.
 */
import { type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';

export const rules: Command = {
  name: 'rules',
  summary: 'Applies the rules of packages/pipeline to a stage, or lists those in force',
  positionals: ['apply|list'],
  options: { project: { value: 'P', says: 'list: only the rules of this project' }, ...endpointOption },
  help: `apply  puts packages/pipeline/src/rules into the stage's table and retires what is no longer there. A rule that does
       something else than before gets a new version, which starts with no alert. Takes effect within 30 seconds.
list   prints the rules in force.

For a deployed stage: npx sst shell --stage production pnpm millrace rules apply`,
  run: async (given) => {
    const [action] = given.positionals;
    if (action !== 'apply' && action !== 'list') {
      throw new UsageError(`there is no "rules ${action}"; there are: rules apply, rules list`);
    }
    await connect(given.get('endpoint'));
    const { applyPipelineRules, rulesInForce } = await import('../stage/rules.ts');
    const { section } = await import('../report.ts');
    if (action === 'apply') {
      const rows = Object.entries(await applyPipelineRules()).filter(([, ids]) => ids.length > 0);
      process.stdout.write(
        section(
          'Rules',
          rows.map(([what, ids]) => [what, ids.join(', ')]),
        ),
      );
      return 0;
    }
    const rows = (await rulesInForce(given.get('project'))).map(({ rule, version }) => [
      rule.project,
      `${rule.id} v${version}`,
      rule.enabled ? rule.severity : 'disabled',
      rule.name,
    ]);
    process.stdout.write(
      rows.length > 0 ? section('Rules', rows) : 'no rules; apply them with: pnpm millrace rules apply\n',
    );
    return 0;
  },
};
