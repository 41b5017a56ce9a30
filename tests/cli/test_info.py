"""likely info"""
import os

import command


class Info(command.Case):
    def test_table(self):
        text = self.succeeds("info", "chars").text
        for words in ("family      llama", "context     24 tokens", "layers      2 of width 32",
                      "tokenizer   char, 31 ids", "training    not recorded",
                      "model.safetensors"):
            self.assertIn(words, text)

    def test_event(self):
        (event,) = self.succeeds("info", "chars", "--json").events()
        self.assertEqual(event["event"], "info")
        self.assertEqual(event["config"]["context"], 24)
        self.assertEqual(event["config"]["vocabulary"], event["tokenizer"]["vocabulary"])
        self.assertEqual(event["tokenizer"]["kind"], "char")
        self.assertIsNone(event["training"])
        self.assertIsNone(event["run"])
        sizes = event["files"]
        self.assertEqual(sizes["config.json"], self.path("chars/config.json").stat().st_size)

    def test_parameters(self):
        (event,) = self.succeeds("info", "bytes", "--json").events()
        width, hidden = 32, event["config"]["hidden"]
        layer = 4 * width * width + 3 * width * hidden + 2 * width
        self.assertEqual(event["parameters"], 257 * width + 2 * layer + width)

    def test_a_model_without_a_tokenizer(self):
        os.rename(self.path("bytes/tokenizer.json"), self.path("kept.json"))
        try:
            self.assertIn("tokenizer   none", self.succeeds("info", "bytes").text)
            (event,) = self.succeeds("info", "bytes", "--json").events()
            self.assertIsNone(event["tokenizer"])
        finally:
            os.rename(self.path("kept.json"), self.path("bytes/tokenizer.json"))

    def test_what_is_no_model(self):
        self.fails("info", "nosuch", words="nosuch")
        self.fails("info", "text.txt", words="text.txt")
        self.fails("info", ".", words="config.json")
        self.fails("info", words="checkpoints")


if __name__ == "__main__":
    command.main()
