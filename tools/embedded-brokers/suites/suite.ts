/** Other people's integration tests, which need a running broker: one package of a Go module. */
export interface Suite {
  name: string;
  module: string;
  /** Fixed, because the exclusions are of this version. */
  version: string;
  /** The package within the module. */
  package: string;
  /** Further arguments of `go test`. */
  flags: readonly string[];
  exclusions: readonly Exclusion[];
  /** Starts a broker of its own. */
  start(): Promise<Stage>;
}

/** A test that is left out, because the embedded brokers refuse what it asks for. docs/brokers.md lists them too. */
export interface Exclusion {
  test: string;
  reason: string;
}

/** What the tests run against. */
export interface Stage {
  /** How the tests find it. */
  environment: Record<string, string>;
  close(): Promise<void>;
}
