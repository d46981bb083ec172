// What clients write: each command says what has to come of it, and changes what a world has registered where it is done. A refused
// one is carried out too, for the refusal is what is tested.
import { commented, contentOf, workflowFile } from './texts.mjs';
import { guestsOf, isLive, isOfApi, isRefLive, isRefOfApi, packOf } from './world.mjs';

const labels = 6;
/** Stems that files have too, those that rows made by hand have, and two that nobody else uses. */
const stems = 'w0 w1 w2 w3 w4 w5 w6 w7 l0 l1 p0 r0 r1 hand0 c0 c1'.split(' ');
const at = (list, number) => (list.length === 0 ? undefined : list[number % list.length]);

/** The first of several lists that has something; a number in four chooses among `all`. */
function choose(all, wishes, number, chance) {
  const wanted =
    chance % 4 === 0 ? all : wishes.map((isWanted) => all.filter(isWanted)).find(({ length }) => length > 0);
  return at(wanted ?? [], number);
}

/** A text; of what is pinned every other one says what lay there before the pin, which ends it all the same. */
function sent(number, over) {
  const label = over && number % 2 === 0 ? over.slice(0, over.indexOf('/')) : `L${number % labels}`;
  const one = workflowFile(label);
  return number % 5 === 0 ? commented(one) : one;
}

const step = (verb, ref, outcome, text) => [{ do: 'api', verb, ref, outcome, text }];

/** Of definitions that were served at any time; `hasDecided`: what a person has said of it that matters here. */
function chooseKnown({ registered }, number, chance, hasDecided) {
  const isOurs = (ref) => isRefOfApi(registered, ref);
  const isDecided = (ref) => isOurs(ref) && hasDecided(registered.flows.get(ref));
  const wishes = chance % 2 === 0 ? [isOurs] : [isDecided, isOurs];
  return choose([...registered.flows.keys()].sort(), wishes, number, chance);
}

/** Why a definition is not changed by a client; undefined: it is. */
function refusal(registered, ref) {
  if (!isLive(registered.flows.get(ref))) return 'missing';
  return isRefLive(registered, ref) ? 'owned' : undefined;
}

function serve({ flows, actions }, ref, { says, text }) {
  const fresh = { isEnabled: true, isProtected: false, history: [] };
  const row = flows.get(ref) ?? fresh;
  const content = contentOf(says.label);
  const history = row.history.includes(content) ? row.history : [...row.history, content];
  const served = { by: 'api', status: 'active', path: null, content, text, pinned: null, over: null };
  flows.set(ref, { ...row, ...served, history });
  actions.set(ref, { by: 'api', status: 'active', path: null, isWorkflow: true, label: says.label });
}

export const clientCommands = {
  post(world, a, b, c) {
    const { registered } = world;
    const all = world.refs.flatMap((pack) => stems.map((stem) => `${pack}.${stem}`));
    const isFree = (ref) =>
      isLive(registered.packs.get(packOf(ref))) && holder(registered, ref) === undefined;
    const isBack = (ref) => isFree(ref) && registered.flows.has(ref);
    const ref = choose(all, a % 2 === 0 ? [isFree] : [isBack, isFree], b, c);
    if (ref === undefined) return undefined;
    const one = sent(c);
    const text = `ref: ${ref}\n${one.text}`;
    const outcome = isLive(registered.packs.get(packOf(ref))) ? holder(registered, ref) : 'pack_missing';
    if (outcome === undefined) serve(registered, ref, { ...one, text });
    return step('post', ref, outcome ?? 'changed', text);
  },
  put(world, a, b, c) {
    const { registered } = world;
    const ref = chooseKnown(world, a, b, ({ pinned }) => pinned !== null);
    if (ref === undefined) return undefined;
    const one = sent(c, registered.flows.get(ref).over);
    const outcome = refusal(registered, ref);
    if (outcome !== undefined) return step('put', ref, outcome, one.text);
    const { text, content, pinned } = registered.flows.get(ref);
    const isSame = pinned === null && text === one.text && content === contentOf(one.says.label);
    serve(registered, ref, one);
    return step('put', ref, isSame ? 'same' : 'changed', one.text);
  },
  drop(world, a, b) {
    const { registered } = world;
    const ref = chooseKnown(world, a, b, ({ isProtected }) => isProtected);
    if (ref === undefined) return undefined;
    const outcome =
      refusal(registered, ref) ?? (registered.flows.get(ref).isProtected ? 'protected' : undefined);
    if (outcome === undefined) retire(registered, ref);
    return step('drop', ref, outcome ?? 'changed', '');
  },
  /** A pack with all that the API has in it. */
  dropPack(world, a, b) {
    const { registered } = world;
    const isOurs = (ref) => isLive(registered.packs.get(ref)) && isOfApi(registered.packs.get(ref));
    const pack = choose(world.refs, [isOurs], a, b);
    if (pack === undefined) return undefined;
    const guests = guestsOf(registered, pack);
    const row = registered.packs.get(pack);
    const isKept = guests.some((ref) => registered.flows.get(ref).isProtected);
    const outcome = isLive(row) ? (!isOfApi(row) && 'owned') || (isKept && 'protected') : 'missing';
    if (outcome) return step('dropPack', pack, outcome, '');
    for (const ref of guests) retire(registered, ref);
    row.status = 'retired';
    return step('dropPack', pack, 'changed', '');
  },
};

function retire({ flows, actions }, ref) {
  for (const rows of [flows, actions]) rows.get(ref).status = 'retired';
}

/** Why nobody else can have a ref. */
function holder(registered, ref) {
  if (isRefLive(registered, ref)) return 'owned';
  return isRefOfApi(registered, ref) ? 'exists' : undefined;
}
