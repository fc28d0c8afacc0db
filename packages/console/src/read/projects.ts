/**
 * Which projects there are: the one read that is not within a project.
 */
import { fromKeyPart } from '@millrace/core/table';
import { receipts } from './receipts.ts';

export interface Project {
  readonly project: string;
  readonly collections: number;
  readonly files: number;
}

/** By name. A name too long to be kept but as a hash is left out: it cannot be asked for. */
export async function listProjects(): Promise<{ items: Project[]; complete: boolean }> {
  const { receipts: all, complete } = await receipts();
  const projects = new Map<string, { collections: Set<string>; files: number }>();
  for (const { project, collection } of all) {
    const name = fromKeyPart(project);
    if (name === undefined) continue;
    const known = projects.get(name) ?? { collections: new Set(), files: 0 };
    known.collections.add(collection);
    known.files++;
    projects.set(name, known);
  }
  const items = [...projects].map(([project, known]) => ({
    project,
    collections: known.collections.size,
    files: known.files,
  }));
  return { items: items.toSorted((a, b) => a.project.localeCompare(b.project)), complete };
}
