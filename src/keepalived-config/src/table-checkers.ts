import { integer, oneOf, seconds, text } from './codec.ts';
import { type FieldTable, line } from './field.ts';
import { accept, type Form, flag, joinWritten, many, one, optional, refuse, shorten } from './form.ts';
import type { TrackFile, VrrpScript, VrrpTrackProcess } from './model.ts';
import { command, userGroup, weight } from './script-form.ts';
import { success } from './source.ts';

const delay = seconds(0.000001, 3600);

/** `vrrp_script`. */
export const scriptFields: FieldTable<VrrpScript> = {
  script: line('script', command),
  interval: line('interval', one(integer(1, 4294))),
  timeout: line('timeout', one(integer(1, 4294))),
  weight: line('weight', weight(253)),
  rise: line('rise', one(integer(1, 0x7fffffff))),
  fall: line('fall', one(integer(1, 0x7fffffff))),
  user: line('user', userGroup),
  initFail: line('init_fail', flag),
};

/** `vrrp_track_process`. */
export const processFields: FieldTable<VrrpTrackProcess> = {
  process: line('process', many(text)),
  paramMatch: line('param_match', optional('exact', oneOf('initial', 'partial'))),
  weight: line('weight', weight(254)),
  quorum: line('quorum', one(integer(1, 65535))),
  quorumMax: line('quorum_max', one(integer(0, 65535))),
  delay: line('delay', one(delay)),
  forkDelay: line('fork_delay', one(delay)),
  terminateDelay: line('terminate_delay', one(delay)),
  fullCommand: line('full_command', flag),
};

const initialValue = integer(-0x80000000, 0x7fffffff);

const initFile: Form<NonNullable<TrackFile['initFile']>> = {
  read: (words, statement) => {
    const overwrite = words.filter((found) => found.text === 'overwrite');
    const [value, extra] = words.filter((found) => found.text !== 'overwrite');
    const wrong = extra ?? overwrite[1];
    if (wrong !== undefined) return refuse(wrong, `'${shorten(wrong.text)}' is one word too many: remove it`);
    const read = value === undefined ? undefined : initialValue.read(value);
    if (read?.ok === false) return refuse(value ?? statement, `'${shorten(value?.text ?? '')}': ${read.message}`);
    return accept({
      ...(read === undefined ? {} : { value: read.value }),
      ...(overwrite.length > 0 ? { overwrite: true as const } : {}),
    });
  },
  write: ({ value, overwrite }) =>
    joinWritten([
      value === undefined ? success('') : initialValue.write(value),
      success(overwrite === true ? 'overwrite' : ''),
    ]),
  check: ({ value }) => {
    const message = value === undefined ? undefined : initialValue.check?.(value);
    return message === undefined ? [] : [{ at: '.value', message }];
  },
};

/** `track_file`. */
export const fileFields: FieldTable<TrackFile> = {
  file: line('file', one(text)),
  weight: line('weight', weight(254)),
  initFile: line('init_file', initFile),
};
