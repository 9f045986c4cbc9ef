/** What each node leads to. */
export type Graph = ReadonlyMap<string, readonly string[]>;

interface Walk {
  readonly graph: Graph;
  /** Nodes from which no cycle can be reached any more. */
  readonly done: Set<string>;
}

interface Frame {
  readonly node: string;
  next: number;
}

function leadsOn(graph: Graph, node: string): boolean {
  const targets = graph.get(node);
  return targets !== undefined && targets.length > 0;
}

/** Follows edges from `start`, without recursion, since a chain can be as long as the inventory. */
function cycleFrom(walk: Walk, start: string): readonly string[] | undefined {
  const path: Frame[] = [{ node: start, next: 0 }];
  const onPath = new Set([start]);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const target = walk.graph.get(top.node)?.[top.next++];
    if (target === undefined) {
      walk.done.add(top.node);
      onPath.delete(top.node);
      path.pop();
    } else if (onPath.has(target)) {
      const nodes = path.map((frame) => frame.node);
      for (const node of nodes) walk.done.add(node);
      return [...nodes.slice(nodes.indexOf(target)), target];
    } else if (!walk.done.has(target) && leadsOn(walk.graph, target)) {
      path.push({ node: target, next: 0 });
      onPath.add(target);
    }
  }
  return undefined;
}

/**
 * Cycles of a graph, each as the nodes in the order of travel, the first repeated at the end. Every node is told of
 * at most once: a knot of many cycles gives one of them. Linear in nodes and edges.
 */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const walk: Walk = { graph, done: new Set() };
  const cycles: (readonly string[])[] = [];
  for (const start of graph.keys()) {
    if (walk.done.has(start) || !leadsOn(graph, start)) continue;
    const cycle = cycleFrom(walk, start);
    if (cycle) cycles.push(cycle);
  }
  return cycles;
}
