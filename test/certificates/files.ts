import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test file's certificates. */
export class Files {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'cenote-tls-'))

  /** Writes a file, and says where it is. */
  write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text)
    return path
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}
