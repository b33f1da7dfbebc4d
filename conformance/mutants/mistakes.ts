import { addressMistakes } from './mistakes/address.ts';
import { classMistakes } from './mistakes/class.ts';
import { gatewayMistakes } from './mistakes/gateway.ts';
import { precedenceMistakes } from './mistakes/precedence.ts';
import { routeMistakes } from './mistakes/route.ts';
import { schemaMistakes } from './mistakes/schema.ts';
import { statusMistakes } from './mistakes/status.ts';
import { trafficMistakes } from './mistakes/traffic.ts';

/** Every mistake that the fake implementation can make: the name of its switch, and one sentence. */
export const mistakes = {
  ...classMistakes,
  ...gatewayMistakes,
  ...addressMistakes,
  ...routeMistakes,
  ...precedenceMistakes,
  ...trafficMistakes,
  ...statusMistakes,
  ...schemaMistakes,
} as const;

export type MistakeName = keyof typeof mistakes;

/** Asked at every place where a mistake could be made: whether it is to be made here. */
export type Wrong = (mistake: MistakeName) => boolean;
