/** One process of an app. The first has the name of the app, the others a number as well: `orders`, `orders 2`. */
export interface Replica<App> {
  name: string;
  app: App;
}

/** So many processes of each app. */
export function replicasOf<App extends { name: string }>(apps: readonly App[], replicas = 1): Replica<App>[] {
  return apps.flatMap((app) =>
    Array.from({ length: replicas }, (_, at) => ({ name: at ? `${app.name} ${at + 1}` : app.name, app })),
  );
}

/** `orders 2` is a process of `orders`. */
export function isReplicaOf(name: string, app: string): boolean {
  return name === app || (name.startsWith(`${app} `) && /^\d+$/.test(name.slice(app.length + 1)));
}
