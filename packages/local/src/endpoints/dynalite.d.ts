declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** @param options milliseconds a table stays CREATING, DELETING, UPDATING; `path` of the LevelDB folder. */
  export default function dynalite(options: {
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
    path?: string;
  }): Server;
}
