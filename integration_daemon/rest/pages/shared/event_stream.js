// Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html
//
// The browser's own `EventSource` cannot send the key of the session.

// The events of a body as `{ kind, id, data }`, as they arrive. `heard` is called for each piece, including comments.
export async function* events(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block) {
  const event = { kind: "", id: "", data: "" };
  for (const line of block.split("\n")) {
    const [field, text = ""] = line.split(/: ?(.*)/s);
    if (field === "event") event.kind = text;
    else if (field === "id") event.id = text;
    else if (field === "data") event.data += text;
  }
  return event;
}
