/** Cuts a stream of text at newlines: `push` calls back per complete line, `end` for an unfinished last one. */
export interface LineSplitter {
  push(text: string): void;
  end(): void;
}

/** A line without end is a broken (or hostile) writer, not a reason to fill the memory. */
const longestLine = 16 * 1024 * 1024;

/** A splitter on "\n" alone; `push` throws RangeError when one line passes 16 Mi characters. */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  let rest: string[] = [];
  let restLength = 0;
  const flush = (last: string) => {
    const line = rest.length === 0 ? last : rest.join('') + last;
    rest = [];
    restLength = 0;
    onLine(line);
  };
  return {
    push(text) {
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        const line = text.slice(start, end);
        start = end + 1;
        flush(line);
      }
      if (start === text.length) return;
      rest.push(text.slice(start));
      restLength += text.length - start;
      if (restLength > longestLine) throw new RangeError(`a line is longer than ${longestLine} characters`);
    },
    end() {
      if (restLength > 0) flush('');
    },
  };
}
