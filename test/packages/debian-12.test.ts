// The .deb on a bare Debian 12: installed, tried, upgraded while calls wait, removed, purged.
import { liveOnDebian } from "./life-on-debian.ts";

liveOnDebian("12");
