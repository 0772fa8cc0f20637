import { fileURLToPath } from 'node:url'

/** The checkout: programs are compiled to `dist/interop/`. */
const root = new URL('../../', import.meta.url)

export function placeOf(path: string): string {
  return fileURLToPath(new URL(path, root))
}

/** What a run installs; `dist/` is ignored by git. */
export const installFolder = 'dist/interop/installed'
