// A family of metrics: samples that have a name and a meaning in common and differ in labels.

export interface Family {
  readonly name: string;
  /** What it counts or tells: a sentence without a full stop. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
