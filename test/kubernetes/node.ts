// A node of a cluster, as far as a pod sees one: a sandbox for its kernel, directories for its disk, and what the kubelet makes of the
// manifest, with runc, which most clusters run containers with. There is no API server: tests deliver ConfigMaps themselves.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { container, daemonSet } from "../../kubernetes/manifest.ts";

const { metadata, spec } = daemonSet.spec.template;
const { command, env, readinessProbe, resources, securityContext, volumeMounts } = container;

/** run.sh makes it, with the image unpacked in it, and removes it. */
const work = process.env.MDEVCTL_KUBERNETES_WORK ?? "";
const runc = ["--root", join(work, "runc")];
const image = join(work, "image");
const program = join(image, "rootfs/usr/sbin/mdevctl");
const imageConfig: object & { process: object; root: object; linux: { resources: object }; mounts: object[] } =
  JSON.parse(fs.readFileSync(join(image, "config.json"), "utf8"));

/** What a test wants to be otherwise than in the manifest. */
export interface Changes {
  readonly capabilities?: readonly string[];
  readonly hostPID?: boolean;
}

export type Node = ReturnType<typeof createNode>;
export type Pod = ReturnType<Node["startPod"]>;

let pods = 0;

export function createNode(name: string) {
  const directory = fs.mkdtempSync(join(work, `${name}-`));
  /** The sandbox. It stands for the host's /sys, and is at the same path for everybody, as nodes of devices are on a host. */
  const kernel = join(directory, "kernel");
  const disk = join(directory, "disk");
  const kubelet = join(directory, "kubelet");
  execFileSync(program, ["sandbox", kernel]);

  /** Writes files as the kubelet does: into a new directory, to which a link is moved. */
  function deliver(volume: string, files: Readonly<Record<string, string>>): void {
    const target = join(kubelet, volume);
    fs.mkdirSync(target, { recursive: true });
    const version = fs.mkdtempSync(join(target, "..2026_"));
    for (const [file, text] of Object.entries(files)) {
      fs.writeFileSync(join(version, file), text);
      fs.rmSync(join(target, file), { force: true });
      fs.symlinkSync(join("..data", file), join(target, file));
    }
    const old = fs.existsSync(join(target, "..data")) ? fs.realpathSync(join(target, "..data")) : undefined;
    fs.symlinkSync(version.slice(target.length + 1), join(target, "..data_tmp"));
    fs.renameSync(join(target, "..data_tmp"), join(target, "..data"));
    if (old !== undefined) fs.rmSync(old, { recursive: true });
  }

  function mount(source: string, destination: string, isReadOnly: boolean): object {
    return { type: "bind", source, destination, options: ["rbind", "rprivate", isReadOnly ? "ro" : "rw"] };
  }

  /** The mounts of the manifest; directories that have the same place on the host are below the root that the sandbox is. */
  function createMounts(): object[] {
    return volumeMounts.map(({ name: volumeName, mountPath, ...rest }) => {
      const isReadOnly = "readOnly" in rest && rest.readOnly;
      const volume = spec.volumes.find((candidate) => candidate.name === volumeName);
      if (volume === undefined || !("hostPath" in volume)) {
        return mount(join(kubelet, volumeName), mountPath, true);
      }
      if (volume.hostPath.path === "/sys") return mount(kernel, kernel, isReadOnly);
      fs.mkdirSync(join(disk, volume.hostPath.path), { recursive: true });
      const place = volume.hostPath.path === mountPath ? join(kernel, mountPath) : mountPath;
      return mount(join(disk, volume.hostPath.path), place, isReadOnly);
    });
  }

  function startPod(changes: Changes = {}) {
    const id = `mdevctl-test-${process.pid}-${++pods}`;
    const bundle = join(work, id);
    const log = join(work, `${id}.log`);
    const labels = Object.entries(metadata.labels).map(([label, value]) => `${label}=${JSON.stringify(value)}\n`);
    deliver("podinfo", { labels: labels.join("") });
    const capabilities = (changes.capabilities ?? securityContext.capabilities.add).map((word) => `CAP_${word}`);
    const hostPID = changes.hostPID ?? spec.hostPID;
    fs.mkdirSync(bundle);
    const config = {
      ...imageConfig,
      hostname: id,
      process: {
        ...imageConfig.process,
        terminal: false,
        args: command,
        // The name of the node is the only field that the manifest asks for.
        env: [`MDEVCTL_ENV_ROOT=${kernel}`, ...env.map((variable) => `${variable.name}=${name}`)],
        user: { uid: securityContext.runAsUser, gid: 0 },
        noNewPrivileges: !securityContext.allowPrivilegeEscalation,
        capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      },
      root: { path: join(image, "rootfs"), readonly: securityContext.readOnlyRootFilesystem },
      mounts: [...imageConfig.mounts, ...createMounts()],
      linux: {
        ...imageConfig.linux,
        resources: {
          ...imageConfig.linux.resources,
          memory: { limit: Number.parseInt(resources.limits.memory, 10) * 1024 * 1024 },
        },
        namespaces: ["network", "ipc", "uts", "mount", ...(hostPID ? [] : ["pid"])].map((type) => ({ type })),
      },
    };
    fs.writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
    const output = fs.openSync(log, "w");
    const child = spawn("runc", [...runc, "run", "--bundle", bundle, id], { stdio: ["ignore", output, output] });
    fs.closeSync(output);
    const ended = new Promise<number | null>((settle) => child.on("exit", settle));
    return {
      /** What it has written. */
      output: () => fs.readFileSync(log, "utf8"),
      /** Runs the command of the readiness probe in it; the name of a variable has no value there. */
      probe(): { status: number | null; output: string } {
        const { status, stdout, stderr } = spawnSync("runc", [...runc, "exec", id, ...readinessProbe.exec.command], {
          encoding: "utf8",
          timeout: 60_000,
        });
        return { status, output: stdout + stderr };
      },
      /** Resolves to its exit status. */
      async end(signal: "TERM" | "KILL"): Promise<number | null> {
        spawnSync("runc", [...runc, "kill", id, signal]);
        return await ended;
      },
    };
  }

  /** What a program of the host sees. */
  function list(): string[] {
    const environment = { MDEVCTL_ENV_ROOT: kernel };
    const text = execFileSync(program, ["list"], { env: environment, encoding: "utf8" });
    return text.split("\n").filter((line) => line !== "");
  }

  function nodeOf(parent: string): string {
    const group = fs
      .readlinkSync(join(kernel, "sys/bus/pci/devices", parent, "iommu_group"))
      .split("/")
      .at(-1);
    return join(kernel, "dev/vfio", `${group}`);
  }

  /** A sandbox has files for nodes, which anybody can open. On a host they are devices, to which a container has no access. */
  function makeNodeDevice(parent: string): void {
    const path = nodeOf(parent);
    fs.rmSync(path);
    const kernelLog = ["c", "1", "11"];
    execFileSync("mknod", [path, ...kernelLog]);
  }

  /** Opens the node of the device on this virtual function, as the user whom a virtual machine runs as. */
  function startVm(parent: string) {
    const vfio = fs.openSync(nodeOf(parent), "r");
    const user = ["--reuid", "107", "--regid", "107", "--clear-groups"];
    const vm = spawn("setpriv", [...user, "sleep", "600"], { stdio: [vfio, "ignore", "ignore"] });
    fs.closeSync(vfio);
    return { pid: vm.pid, end: () => vm.kill("SIGKILL") };
  }

  return { name, disk, deliver, startPod, makeNodeDevice, startVm, list };
}

/** Waits until it holds; a busy machine is no failure. */
export async function waitFor<T>(look: () => T, holds: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 90_000;
  for (;;) {
    const value = look();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`this is not what was waited for: ${JSON.stringify(value)}`);
    await new Promise((settle) => setTimeout(settle, 200));
  }
}
