using System.Buffers;
using System.Text;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.SmartRest;

public sealed class CsvTests
{
    [Theory]
    [InlineData("a,b,c", "a|b|c")]
    [InlineData("a,,c,,", "a||c")]
    [InlineData(",,", "")]
    [InlineData(" a , b\t,\" c \"", "a|b| c ")]
    [InlineData("a,\"b,c\"", "a|b,c")]
    [InlineData("a,\"\"", "a")]
    [InlineData("a,\"\",b", "a||b")]
    [InlineData("a,\"echo \"\"x,y\"\"\"", "a|echo \"x,y\"")]
    [InlineData("a,\"echo \\\"x,y\\\"\"", "a|echo \"x,y\"")]
    [InlineData("a,\"one\ntwo\"", "a|one\ntwo")]
    [InlineData("a,\"one\\ntwo\"", "a|one\\ntwo")]
    [InlineData("a,one\\ntwo", "a|one\\ntwo")]
    [InlineData("a,say \"hi\"", "a|say \"hi\"")]
    [InlineData("a, \"b\" ,c", "a|b|c")]
    [InlineData("a,\"b\"\"\",\"\\\"c\"", "a|b\"|\"c")]
    [InlineData("a\r\nb\n\n\r\nc\r\n", "a / b / c")]
    [InlineData("a,\"b\"\r\nc", "a|b / c")]
    [InlineData("a,\"b\nc", "!UnclosedQuote(a) / c")]
    [InlineData("a,\"b\"c\nd", "!TextAfterQuote(a) / d")]
    [InlineData("a\nb,\"\nc", "a / !UnclosedQuote(b) / c")]
    [InlineData("\"", "!UnclosedQuote()")]
    public void A_payload_is_split_by_the_rules(string payload, string rows) => Assert.Equal(rows, Split(payload));

    [Fact]
    public void What_is_written_is_read_back_whatever_it_is_in_both_spellings()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string letters = "ab \t\r\n\",é";
        for (var round = 0; round < 5_000; round++)
        {
            var fields = Enumerable.Range(0, random.Next(1, 6))
                .Select(_ => new string([.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => letters[random.Next(letters.Length)])])).ToArray();
            foreach (var escape in Enum.GetValues<QuoteEscape>())
            {
                var written = Write(escape, fields);
                Assert.True(string.Join('|', fields) == Split(written), $"Replay with seed {seed}: {written}");
            }
        }
    }

    [Fact]
    public void Random_bytes_never_throw_and_always_come_to_an_end()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        byte[] likely = [.. "\"\"\\,,\n\r ab1"u8, 0xC3, 0xA9, 0];
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(60)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = likely[random.Next(likely.Length)];
            using var reader = new CsvReader(bytes);
            var rows = 0;
            for (var read = reader.Read(); read != CsvRead.End; read = reader.Read())
            {
                for (var i = 0; read == CsvRead.Row && i < reader.Row.Count; i++) Assert.True(reader.Row[i].Length <= bytes.Length);
                Assert.True(++rows <= bytes.Length, $"Seed {seed}");
            }
        }
    }

    [Fact]
    public void A_field_is_quoted_when_it_must_be_and_a_quote_is_escaped_as_documented()
    {
        Assert.Equal("511,pump-0007,\"echo \\\"a,b\\\"\"", Write(QuoteEscape.Backslash, "511", "pump-0007", "echo \"a,b\""));
        Assert.Equal("511,pump-0007,\"echo \"\"a,b\"\"\"", Write(QuoteEscape.Doubled, "511", "pump-0007", "echo \"a,b\""));
        Assert.Equal("1,\" a\",\"b \",c d,,\"\t\",\"x\ny\"", Write(QuoteEscape.Backslash, "1", " a", "b ", "c d", "", "\t", "x\ny"));
    }

    [Fact]
    public void An_error_line_has_its_text_last_and_cannot_be_made_into_two()
    {
        var output = new ArrayBufferWriter<byte>();
        CsvWriter.ErrorLine(output, new RowError(RowCode.ServerError, "100", "Error on device creation, message: \"x\"\n41,100,forged"));
        Assert.Equal("50,100,Error on device creation, message: \"x\" 41,100,forged", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Rows_past_the_limit_are_told_once_and_not_read()
    {
        var rows = Split(string.Join('\n', Enumerable.Repeat("a", Limits.CsvRowsPerPayloadMax + 10))).Split(" / ");
        Assert.Equal(Limits.CsvRowsPerPayloadMax + 1, rows.Length);
        Assert.Equal("!TooManyRows()", rows[^1]);
    }

    [Fact]
    public void Fields_past_the_limit_cost_their_row()
    {
        Assert.Equal("a / !TooManyFields(b) / c", Split("a\nb" + new string(',', Limits.CsvFieldsPerRowMax) + "\nc"));
        Assert.Equal("a|" + new string('|', Limits.CsvFieldsPerRowMax - 3) + "z", Split("a," + new string(',', Limits.CsvFieldsPerRowMax - 2 - 1) + "z"));
    }

    [Fact]
    public void The_limit_of_rows_is_above_what_a_packet_can_hold() =>
        Assert.True(Limits.CsvRowsPerPayloadMax > Limits.MqttPacketBytesMax / "123\n".Length);

    private static string Write(QuoteEscape escape, params string[] fields)
    {
        var output = new ArrayBufferWriter<byte>();
        var row = new CsvWriter(output, escape);
        foreach (var field in fields) row.Field(field);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Split(string payload)
    {
        var rows = new List<string>();
        using var reader = new CsvReader(Encoding.UTF8.GetBytes(payload));
        for (var read = reader.Read(); read != CsvRead.End; read = reader.Read())
        {
            if (read == CsvRead.Malformed)
            {
                rows.Add($"!{reader.Fault}({Encoding.UTF8.GetString(reader.MalformedId)})");
                continue;
            }
            var fields = new List<string>();
            for (var i = 0; i < reader.Row.Count; i++) fields.Add(Encoding.UTF8.GetString(reader.Row[i]));
            rows.Add(string.Join('|', fields));
        }
        return string.Join(" / ", rows);
    }
}
