import { open } from 'node:fs/promises';

/** Writes a file of /proc or /sys in one write, as they are; unlike ordinary files they can be neither created nor replaced. */
export async function writeKernelFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}
