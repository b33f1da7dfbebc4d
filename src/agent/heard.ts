/** What a standby heard when it asked on the wire who has a group's addresses. */
export interface Heard {
  /** Answered alone for every address that `others` does not list; absent: nobody answered for any. */
  readonly answeredBy?: string;
  /** Nobody, somebody else or several answered; sorted by address. */
  readonly others: readonly { readonly address: string; readonly macs: readonly string[] }[];
}
