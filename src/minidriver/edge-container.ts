import type { CardEdge, EdgeContainer } from './card-edge.ts';

/** The container with this index; undefined when it is empty. */
export async function containerOf(edge: CardEdge, index: number): Promise<EdgeContainer | undefined> {
  return edge.container === undefined ? (await edge.containers()).find((each) => each.index === index) : edge.container(index);
}
