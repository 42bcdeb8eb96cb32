// What a device at the door keeps while there is no network: the guest list, the reports not sent yet, and what it has
// shown. All of it lies in IndexedDB under the roadshow's name, so that a new link on the same phone finds what an old
// one could not send.

const VERSION = 1;
const LOG_LENGTH = 200;

/** @typedef {{nonce: string, at: string, code?: string, guest?: string, undoes?: string, walk_in?: object}} Report */
/** @typedef {{key: string, name: string, latin: string, organization: string, kind: string, state: string, ticket: number, seat: string, find?: string}} Guest */
/** @typedef {{nonce: string, at: string, outcome: string, reason: string, name: string, guest: string, sent: boolean, undone: boolean, corrected?: string}} Line */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {string} roadshow @returns {Promise<Store>} */
  static async open(roadshow) {
    const request = indexedDB.open(`jiachi-door-${roadshow}`, VERSION);
    request.onupgradeneeded = () => {
      const database = request.result;
      database.createObjectStore("kept");
      database.createObjectStore("queue", { autoIncrement: true });
      database.createObjectStore("log", { keyPath: "nonce" });
    };
    return new Store(await done(request));
  }

  /** What was kept under a name. @param {string} name @returns {Promise<any>} */
  get(name) {
    return done(this.database.transaction("kept").objectStore("kept").get(name));
  }

  /** @param {string} name @param {any} value @returns {Promise<void>} */
  put(name, value) {
    const transaction = this.database.transaction("kept", "readwrite");
    transaction.objectStore("kept").put(value, name);
    return finished(transaction);
  }

  /** Keep a report and its line in one piece: either both are there after a power cut, or neither.
   * @param {Report} report @param {Line | null} line @returns {Promise<void>} */
  enqueue(report, line) {
    const transaction = this.database.transaction(["queue", "log"], "readwrite");
    transaction.objectStore("queue").add(report);
    if (line) transaction.objectStore("log").put(line);
    return finished(transaction);
  }

  /** The oldest reports not sent yet, with their numbers. @param {number} most @returns {Promise<[IDBValidKey, Report][]>} */
  async waiting(most) {
    const store = this.database.transaction("queue").objectStore("queue");
    const [keys, reports] = await Promise.all([done(store.getAllKeys(null, most)), done(store.getAll(null, most))]);
    return keys.map((key, index) => [key, reports[index]]);
  }

  /** @returns {Promise<number>} */
  waitingCount() {
    return done(this.database.transaction("queue").objectStore("queue").count());
  }

  /** The server has these. @param {IDBValidKey[]} keys @returns {Promise<void>} */
  sent(keys) {
    const transaction = this.database.transaction("queue", "readwrite");
    for (const key of keys) transaction.objectStore("queue").delete(key);
    return finished(transaction);
  }

  /** The lines of this device, the newest first. @returns {Promise<Line[]>} */
  async lines() {
    const lines = /** @type {Line[]} */ (await done(this.database.transaction("log").objectStore("log").getAll()));
    return lines.sort((one, other) => (one.at < other.at ? 1 : -1));
  }

  /** @param {Line} line @returns {Promise<void>} */
  write(line) {
    const transaction = this.database.transaction("log", "readwrite");
    transaction.objectStore("log").put(line);
    return finished(transaction);
  }

  /** Drop the oldest lines beyond what is shown. @param {Line[]} lines, the newest first */
  async trim(lines) {
    const old = lines.slice(LOG_LENGTH).filter((line) => line.sent);
    if (!old.length) return;
    const transaction = this.database.transaction("log", "readwrite");
    for (const line of old) transaction.objectStore("log").delete(line.nonce);
    await finished(transaction);
  }

  /** Forget the guests: this device is no longer let in. What could not be sent stays. @returns {Promise<void>} */
  forget() {
    const transaction = this.database.transaction(["kept", "log"], "readwrite");
    transaction.objectStore("kept").clear();
    transaction.objectStore("log").clear();
    return finished(transaction);
  }
}
