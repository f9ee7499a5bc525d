import { asciiOf } from "../base/domain-name.ts";
