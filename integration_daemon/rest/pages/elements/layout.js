// Lays out the boxes of a lineage graph in layers, with data flowing from left to right.

export const WIDTH = 212;
export const HEAD = 44; // height of a box without the rows of its columns
export const ROW = 20;
const GAP = 72; // between layers
const SPACE = 18; // between boxes of a layer
const EDGE = 12;
const SWEEPS = 6;

// The boxes of an answer's nodes, with their columns. If the table of a column is not in the answer, a box is made for it.
function boxesOf(nodes) {
  const boxes = new Map(nodes.filter((each) => !isColumn(each)).map((each) => [each.guid, { node: each, rows: [] }]));
  for (const column of nodes.filter(isColumn)) {
    const guid = column.partOf;
    if (!boxes.has(guid)) boxes.set(guid, { node: tableOf(column), rows: [] });
    boxes.get(guid).rows.push(column);
  }
  return boxes;
}

export const isColumn = (node) => Boolean(node.partOf) && node.typeName.endsWith("Column");
const tableOf = ({ partOf, partOfName, distance }) => ({
  guid: partOf, typeName: "", displayName: partOfName, qualifiedName: partOfName, distance,
});

// The layer of each box: the length of the longest path to it, without edges that close a cycle.
function layersOf(boxes, ways) {
  const layer = new Map();
  const open = new Set();
  const place = (guid) => {
    if (layer.has(guid)) return layer.get(guid);
    open.add(guid);
    const before = (ways.get(guid) ?? []).filter((each) => each !== guid && !open.has(each));
    const found = Math.max(-1, ...before.map(place)) + 1;
    open.delete(guid);
    layer.set(guid, found);
    return found;
  };
  for (const guid of boxes.keys()) place(guid);
  return layer;
}

const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

// Order the boxes so that neighbours are close: sort each layer by the mean positions of its boxes' neighbours, in sweeps
// in alternating directions.
function order(layers, neighbours) {
  const rank = new Map();
  const note = (layer) => layer.forEach((guid, place) => rank.set(guid, place));
  layers.forEach(note);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 ? [...layers].reverse() : layers) {
      const wanted = new Map(layer.map((guid) => {
        const near = [...(neighbours.get(guid) ?? [])].filter((each) => !layer.includes(each));
        return [guid, near.length ? mean(near.map((each) => rank.get(each))) : rank.get(guid)];
      }));
      layer.sort((a, b) => wanted.get(a) - wanted.get(b));
      note(layer);
    }
  }
}

function add(map, key, value) {
  if (!map.has(key)) map.set(key, new Set());
  map.get(key).add(value);
}

// An edge across other layers passes between their boxes, in a lane of each of these layers.
function lanesOf(ways, layer, layers) {
  const lanes = new Map();
  for (const [from, to] of ways) {
    const passed = [];
    for (let index = layer.get(from) + 1; index < layer.get(to); index++) {
      const lane = `${from}\n${to}\n${index}`;
      layers[index].push(lane);
      passed.push(lane);
    }
    lanes.set(`${from}\n${to}`, passed);
  }
  return lanes;
}

function neighboursOf(ways, lanes) {
  const neighbours = new Map();
  for (const [from, to] of ways) {
    const chain = [from, ...lanes.get(`${from}\n${to}`), to];
    chain.slice(1).forEach((each, index) => {
      add(neighbours, chain[index], each);
      add(neighbours, each, chain[index]);
    });
  }
  return neighbours;
}

// { boxes: [{ node, rows, x, y, height, layer }], edges: [{ edge, from: [x, y], lanes: [[x, y]], to }], width, height }
export function layOut({ nodes, edges }) {
  const boxes = boxesOf(nodes);
  const boxOf = new Map(nodes.map((each) => [each.guid, isColumn(each) ? each.partOf : each.guid]));
  const before = new Map();
  for (const { end1Guid, end2Guid } of edges) add(before, boxOf.get(end2Guid), boxOf.get(end1Guid));
  const layer = layersOf(boxes, new Map([...before].map(([guid, all]) => [guid, [...all]])));
  const layers = Array.from({ length: Math.max(0, ...layer.values()) + 1 }, () => []);
  for (const guid of boxes.keys()) layers[layer.get(guid)].push(guid);
  const ways = [...before].flatMap(([to, all]) => [...all].map((from) => [from, to]));
  const lanes = lanesOf(ways, layer, layers);
  order(layers, neighboursOf(ways, lanes));
  const places = new Map();
  const height = place(layers, boxes, places);
  for (const [guid, box] of boxes) Object.assign(box, places.get(guid), { layer: layer.get(guid) });
  return {
    boxes: [...boxes.values()],
    edges: edges.map((edge) => ({
      edge,
      from: port(boxes, boxOf, edge.end1Guid, WIDTH),
      lanes: lanes.get(`${boxOf.get(edge.end1Guid)}\n${boxOf.get(edge.end2Guid)}`).map((each) => [places.get(each).x, places.get(each).y]),
      to: port(boxes, boxOf, edge.end2Guid, 0),
    })),
    width: layers.length * (WIDTH + GAP) - GAP + 2 * EDGE,
    height: height + 2 * EDGE,
  };
}

// Stack the boxes and lanes of each layer, centred vertically. Returns the height.
function place(layers, boxes, places) {
  const high = (key) => (boxes.has(key) ? HEAD + ROW * boxes.get(key).rows.length : 0);
  const heights = layers.map((each) => each.reduce((sum, key) => sum + high(key) + SPACE, -SPACE));
  const height = Math.max(...heights);
  layers.forEach((each, index) => {
    let y = EDGE + (height - heights[index]) / 2;
    for (const key of each) {
      places.set(key, { x: EDGE + index * (WIDTH + GAP), y, height: high(key) });
      y += high(key) + SPACE;
    }
  });
  return height;
}

// The point at which an edge meets a box, or the row of a column in it.
function port(boxes, boxOf, guid, side) {
  const box = boxes.get(boxOf.get(guid));
  const row = box.rows.findIndex((each) => each.guid === guid);
  return [box.x + side, box.y + (row < 0 ? HEAD / 2 : HEAD + ROW * (row + 0.5))];
}
