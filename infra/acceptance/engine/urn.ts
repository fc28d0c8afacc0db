/**
 * The engine's names of resources. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
 */
import type { StackName } from './command.ts';

const ROOT = 'pulumi:pulumi:Stack';

/** A child's type is written behind its parent's; SST reads the type of a link out of it. */
export function urnOf(stack: StackName, resource: { parent: string; type: string; name: string }): string {
  const above = resource.parent.split('::')[2] ?? ROOT;
  const type = above === ROOT ? resource.type : `${above}$${resource.type}`;
  return [`urn:pulumi:${stack.stage}`, stack.app, type, resource.name].join('::');
}

/** The stack itself, which is the parent of everything. */
export function rootOf(stack: StackName): string {
  return urnOf(stack, { parent: '', type: ROOT, name: `${stack.app}-${stack.stage}` });
}
