import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a person gives zsh a completion script: by `source` behind compinit, or as a file of $fpath. */
export type ZshLoading = 'sourced' | 'in $fpath';

// What runs in the shell: Tab prints what is offered for the line so far.
const inside = `
PS1= && setopt no_beep
autoload -U compinit && compinit -u -D
[[ $LOADING == sourced ]] && source $PLACE/functions/_tool
offer() {
  local -a offered
  compadd() {
    local word
    local -a found
    for word in "$@"; do
      case $word in
        (-[AOD]) builtin compadd "$@"; return ;;
        (-|--) break ;;
      esac
    done
    builtin compadd -O found "$@"
    offered+=($found)
    builtin compadd "$@"
  }
  _main_complete
  unfunction compadd
  compstate[insert]= compstate[list]=
  print -r -- "{{\${(j:|:)offered}}}"
}
zle -C offer complete-word offer
bindkey '^I' offer
`;

// What types: its arguments, one after the other, each into an empty line.
const outside = `
zmodload zsh/zpty
zpty shell "zsh -f -i"
zpty -w shell 'source $PLACE/inside.zsh; print {{ready}}'
zpty -r shell answer $'*\\n{{ready}}*'
for line in "$@"; do
  zpty -n -w shell $'\\x15'"$line"$'\\t'
  zpty -r shell answer '*{{*}}*'
  print -r -- "\${\${answer##*\\{\\{}%%\\}\\}*}"
done
`;

/** What zsh itself offers behind each of these lines, with the script as the completion of "tool", in a folder of these files. */
export function zshOffers(
  script: string,
  { loading, lines, files = [] }: { loading: ZshLoading; lines: readonly string[]; files?: readonly string[] },
): readonly (readonly string[])[] {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-zsh-'));
  try {
    for (const name of ['functions', 'work']) mkdirSync(join(place, name));
    writeFileSync(join(place, 'functions', '_tool'), script);
    writeFileSync(join(place, 'inside.zsh'), `fpath=($PLACE/functions $fpath)\n${inside}`);
    for (const name of files) writeFileSync(join(place, 'work', name), '');
    const { stdout, stderr, status } = spawnSync('zsh', ['-fc', outside, 'zsh', ...lines], {
      ...{ cwd: join(place, 'work'), encoding: 'utf8', timeout: 15_000 },
      env: { PATH: process.env['PATH'], HOME: place, TERM: 'dumb', PLACE: place, LOADING: loading },
    });
    if (status !== 0 || stderr !== '') throw new Error(`zsh: status ${status}: ${stderr}${stdout}`);
    return stdout.split('\n').slice(0, -1).map(wordsOf);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const wordsOf = (line: string): readonly string[] =>
  line
    .trim()
    .split('|')
    .filter((word) => word !== '')
    .sort();
