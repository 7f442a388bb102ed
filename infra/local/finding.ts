/** One line of what the doctor finds; its words never hold a secret. */
export interface Finding {
  /** `none`: it is not configured. */
  readonly state: "ok" | "fail" | "none";
  readonly subject: string;
  /** What it found and, where something is wrong, what to do. */
  readonly detail: string;
}

export const ok = (subject: string, detail: string): Finding => ({ state: "ok", subject, detail });
export const fail = (subject: string, detail: string): Finding => ({ state: "fail", subject, detail });
export const none = (subject: string, detail: string): Finding => ({ state: "none", subject, detail });
