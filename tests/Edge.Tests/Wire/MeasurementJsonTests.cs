using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.Wire;

public sealed class MeasurementJsonTests
{
    private const string Head = """{"source":{"id":"12"},"time":"2026-11-20T08:00:00.5+01:00","type":"acme_Flow",""";

    [Fact]
    public void Fragments_are_kept_byte_for_byte_and_everything_else_is_taken_out()
    {
        var one = Accepted("""
            { "id":"7", "acme_Flow" : { "rate": { "value": 1.50, "unit": "l\/min" } }, "self":"http://x", "time":"2026-11-20T08:00:00.5+01:00",
              "source":{"id":"12","self":"x"}, "type":"acme_\u0046low" , "text":"caf\u00e9", "c8y_X":{"a":[1,{"b":null}]}, "n": 5e-1 }
            """);
        Assert.Equal(
            """
            "acme_Flow" : { "rate": { "value": 1.50, "unit": "l\/min" } },"text":"caf\u00e9","c8y_X":{"a":[1,{"b":null}]},"n": 5e-1
            """, Encoding.UTF8.GetString(one.Measurement.Members));
        Assert.Equal(12, one.Source?.Value);
        Assert.Null(one.ExternalSource);
        Assert.Equal("acme_Flow", one.Measurement.Type);
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 8, 0, 0, 500, TimeSpan.FromHours(1)), one.Measurement.Time);
        Assert.Equal(TimeSpan.FromHours(1), one.Measurement.Time.Offset);
    }

    [Theory]
    [InlineData("{}", "source,time,type")]
    [InlineData("""{"type":"a"}""", "source,time")]
    [InlineData("""{"type":"a","time":null,"source":{"id":"1"}}""", "time")]
    [InlineData("""{"type":"","time":"2026-11-20T08:00:00Z","source":{"id":1}}""", "type")]
    public void Absent_mandatory_fields_are_named(string body, string fields)
    {
        var refusal = Refused(body);
        Assert.Equal((RefusalKind.Invalid, "undefined"), (refusal.Kind, refusal.Subject));
        Assert.Equal("Following mandatory fields should be included: " + fields, refusal.Message);
    }

    [Fact]
    public void Over_mqtt_the_body_has_no_say_in_the_source()
    {
        Assert.Null(MeasurementJson.Read(
            """{"type":"a","time":"2026-11-20T08:00:00Z","source":"nonsense","externalSource":{"externalId":"m:1","type":"c8y_Serial"}}"""u8,
            needsSource: false, out var list, out _));
        Assert.Null(list[0].Source);
        Assert.Equal(("c8y_Serial", "m:1"), (list[0].ExternalSource?.Type, list[0].ExternalSource?.Value));
        Assert.Empty(list[0].Measurement.Members);
    }

    [Theory]
    [InlineData(Head + """ "a b":{}}""", "The fragment name 'a b'")]
    [InlineData(Head + """ "":1}""", "The fragment name ''")]
    [InlineData(Head + """ "a\u002eb":{}}""", "The fragment name 'a.b'")]
    [InlineData(Head + """ "a\u00a0b":{}}""", "The fragment name 'a\u00a0b'")]
    [InlineData(Head + """ "a":{"b/c":{"value":1}}}""", "The series name 'b/c'")]
    [InlineData(Head + """ "a":{"b":{"value":"1"}}}""", "The value of series 'a.b' must be a number")]
    [InlineData(Head + """ "a":{"b":{"value":null}}}""", "The value of series 'a.b' must be a number")]
    [InlineData(Head + """ "a":{"b":{"value":1e999}}}""", "The value of series 'a.b' must be a number")]
    [InlineData(Head + """ "a":{"b":{"value":1,"unit":7}}}""", "The value of series 'a.b' must be a number, and its unit a string")]
    [InlineData(Head + """ "a":1,"\u0061":2}""", "The measurement gives 'a' twice")]
    [InlineData(Head + """ "type":"b"}""", "The measurement gives 'type' twice")]
    [InlineData(Head + """ "a":{"b":{"value":1},"b":{"value":2}}}""", "The fragment gives 'b' twice")]
    [InlineData("""{"time":"2026-11-20T08:00:00","type":"a","source":{"id":"1"}}""", "'time' must be an ISO 8601 date and time with a time zone")]
    [InlineData("""{"time":1790000000,"type":"a","source":{"id":"1"}}""", "'time' must be")]
    [InlineData("""{"time":"2026-11-20T08:00:00Z","type":1,"source":{"id":"1"}}""", "'type' must be a string")]
    [InlineData("""{"time":"2026-11-20T08:00:00Z","type":"a","source":"1"}""", "'source' must be an object with an 'id'")]
    [InlineData("""{"time":"2026-11-20T08:00:00Z","type":"a","source":{}}""", "'source' must be an object with an 'id'")]
    [InlineData("""{"time":"2026-11-20T08:00:00Z","type":"a","source":{"id":"x"}}""", "'source.id' must be the id of a managed object")]
    [InlineData("""{"time":"2026-11-20T08:00:00Z","type":"a","source":{"id":-1}}""", "'source.id' must be the id of a managed object")]
    [InlineData(Head + """ "externalSource":{"externalId":"x"}}""", "'externalSource' must be an object with an 'externalId' and a 'type'")]
    public void What_is_understood_and_wrong_is_told(string body, string text)
    {
        var refusal = Refused(body);
        Assert.Equal(RefusalKind.Invalid, refusal.Kind);
        Assert.StartsWith(text, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{'a':1}")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("""{"a":[{"b":"\ud83dx"}]}""")]
    [InlineData("""{"a":01}""")]
    public void What_is_no_json_is_malformed(string body) => Assert.Equal(RefusalKind.Malformed, Refused(body).Kind);

    [Fact]
    public void Bytes_that_are_not_utf8_are_malformed()
    {
        byte[] body = [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        Assert.Equal(RefusalKind.Malformed, MeasurementJson.Read(body, true, out _, out _)?.Kind);
    }

    [Fact]
    public void An_escaped_pair_of_surrogates_is_a_character() => Accepted(Head + """ "a":"\ud83d\ude00"}""");

    [Fact]
    public void Depth_is_bounded_and_what_is_within_is_kept()
    {
        string Nested(int depth) => $$"""{{Head}} "a":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        Accepted(Nested(Limits.JsonDepthMax - 1));
        Assert.Equal(RefusalKind.Malformed, Refused(Nested(Limits.JsonDepthMax)).Kind);
    }

    [Fact]
    public void The_number_of_fragments_is_bounded()
    {
        string With(int count) => Head + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"f{i}\":1")) + "}";
        Accepted(With(Limits.FragmentsPerDocumentMax - 3));
        Assert.Contains("more than", Refused(With(Limits.FragmentsPerDocumentMax - 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_size_of_the_fragments_is_bounded()
    {
        string With(int bytes) => Head + "\"f\":\"" + new string('x', bytes - 6) + "\"}";
        Assert.Equal(Limits.MeasurementBytesMax, Accepted(With(Limits.MeasurementBytesMax)).Measurement.Members.Length);
        Assert.Equal(RefusalKind.TooLarge, Refused(With(Limits.MeasurementBytesMax + 1)).Kind);
    }

    [Fact]
    public void A_collection_is_read_in_order_and_refused_as_a_whole()
    {
        var body = "{\"measurements\" : [ " + Head + "\"a\":1}, " + Head + "\"b\":2} ]}";
        Assert.Null(MeasurementJson.Read(Encoding.UTF8.GetBytes(body), true, out var list, out var isCollection));
        Assert.True(isCollection);
        Assert.Equal(["\"a\":1", "\"b\":2"], list.Select(m => Encoding.UTF8.GetString(m.Measurement.Members)));

        Assert.Contains("mandatory", Refused("{\"measurements\":[" + Head + "\"a\":1},{}]}").Message, StringComparison.Ordinal);
        Assert.Equal(RefusalKind.Malformed, Refused("{\"measurements\":[1]}").Kind);
        Assert.Null(MeasurementJson.Read("{\"measurements\":[]}"u8, true, out list, out isCollection));
        Assert.True(isCollection);
        Assert.Empty(list);
    }

    [Fact]
    public void A_collection_has_a_limit()
    {
        var one = Encoding.UTF8.GetBytes(Head + "\"a\":1}");
        string Of(int count) => "{\"measurements\":[" + string.Join(',', Enumerable.Repeat(Encoding.UTF8.GetString(one), count)) + "]}";
        Assert.Null(MeasurementJson.Read(Encoding.UTF8.GetBytes(Of(Limits.MeasurementsPerRequestMax)), true, out var list, out _));
        Assert.Equal(Limits.MeasurementsPerRequestMax, list.Count);
        Assert.Equal(RefusalKind.TooLarge, Refused(Of(Limits.MeasurementsPerRequestMax + 1)).Kind);
    }

    [Fact]
    public void Random_damage_never_throws()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var sample = Encoding.UTF8.GetBytes(Head + """ "a":{"b":{"value":1.5e2,"unit":"\u00b0\ud83d\ude00"}},"externalSource":{"externalId":"x","type":"t"}}""");
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = sample.ToArray();
            for (var hits = random.Next(1, 5); hits > 0; hits--) bytes[random.Next(bytes.Length)] = sample[random.Next(sample.Length)];
            try
            {
                var refusal = MeasurementJson.Read(bytes, random.Next(2) == 0, out var list, out _);
                if (refusal is null)
                    foreach (var one in list) System.Text.Json.JsonDocument.Parse((byte[])[(byte)'{', .. one.Measurement.Members, (byte)'}']).Dispose();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Replay with seed {seed}: {Encoding.UTF8.GetString(bytes)}", e);
            }
        }
    }

    private static MeasurementBody Accepted(string body)
    {
        var refusal = MeasurementJson.Read(Encoding.UTF8.GetBytes(body), true, out var list, out var isCollection);
        Assert.Null(refusal?.Message);
        Assert.False(isCollection);
        return Assert.Single(list);
    }

    private static Refusal Refused(string body)
    {
        var refusal = MeasurementJson.Read(Encoding.UTF8.GetBytes(body), true, out _, out _);
        Assert.NotNull(refusal);
        return refusal;
    }
}
