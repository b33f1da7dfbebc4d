// Makes the control plane and the Gateway API CRDs ready and prints two lines: the folder of the programs, the folder of the CRDs.
import { resolveEverything, resolveGatewayApiCrds } from './resolve.ts';

try {
  const { dir } = await resolveEverything();
  process.stdout.write(`${dir}\n${(await resolveGatewayApiCrds()).dir}\n`);
} catch (error) {
  process.stderr.write(`control plane: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
