// Files from the user: picked, a folder, or dropped, folders followed. Each with the path below what was chosen.

export function ofInput(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

// all: those chosen and the new ones, each under a path of its own. A file is the same only by path, size and time: 自评表.xlsx of another
// folder is another's return. renamed: paths given instead. repeated: how many were there already.
export function withOwnPaths(chosen, more) {
  const all = [...chosen];
  const taken = new Set(all.map((one) => one.path));
  const same = ({ file, from }) => `${file.size} ${file.lastModified} ${from}`;
  const known = new Set(all.map(same));
  const renamed = [];
  let repeated = 0;
  for (const { file, path: from } of more) {
    if (known.has(same({ file, from }))) {
      repeated += 1;
      continue;
    }
    let path = from;
    for (let number = 2; taken.has(path); number += 1) path = from.replace(/(\.[^./]*)?$/, (suffix) => ` (${number})${suffix}`);
    if (path !== from) renamed.push(path);
    taken.add(path);
    known.add(same({ file, from }));
    all.push({ file, path, from });
  }
  return { all, renamed, repeated };
}

// Files dropped on the box are taken; beside it nothing happens, where else the browser would leave the page for the file.
export function takeDrops(box, take, onUnreadable) {
  for (const type of ["dragover", "drop"]) {
    document.addEventListener(type, (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }
  box.ondragover = (event) => {
    event.preventDefault();
    box.classList.add("over");
  };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = async (event) => {
    event.preventDefault();
    box.classList.remove("over");
    try {
      take(await ofDrop(event.dataTransfer));
    } catch {
      onUnreadable();
    }
  };
}

async function ofDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files].map((file) => ({ file, path: file.name }));
  const found = [];
  for (const entry of entries) await follow(entry, found);
  return found;
}

async function follow(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return;
    for (const one of some) await follow(one, found);
  }
}
