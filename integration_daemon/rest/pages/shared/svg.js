// Nodes of drawings.

const SVG = "http://www.w3.org/2000/svg";

export function draw(tag, attributes = {}, ...content) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}
