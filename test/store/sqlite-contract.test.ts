import { storeContract } from "./store-contract.ts";
import { storeFolder } from "./store-folder.ts";

storeContract({ newPlace: storeFolder });
