// What our test uses of asterisk-manager 0.2.0, which has no types of its own.
declare module "asterisk-manager" {
  type Message = Readonly<Record<string, string | undefined>>;
  type Manager = {
    on(event: string, listener: (message: Message) => void): void;
    once(event: string, listener: (message: Message) => void): void;
    action(
      action: Readonly<Record<string, string | number>>,
      answered: (error: Message | undefined, response: Message) => void,
    ): string;
    disconnect(): void;
  };
  type CreateManager = (
    ...where: [port: number, host: string, username: string, password: string, events: boolean]
  ) => Manager;
  const createManager: CreateManager;
  export = createManager;
}
