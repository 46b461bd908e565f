using System.Globalization;
using System.Text;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Tests.SmartRest;

public sealed class StaticTemplatesTests
{
    /// <summary>How long the list of templates that are not served yet may be. Lower it with every template that lands.</summary>
    private const int NotYetMost = 2;

    private static readonly DateTimeOffset Now = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);
    private static readonly TemplateInterpreter Interpreter = new(TemplateSet.Static());

    public static TheoryData<int, string, string> Blocks()
    {
        var data = new TheoryData<int, string, string>();
        var (sent, expected, first) = (new List<string>(), new List<string>(), 0);
        var number = 0;
        foreach (var line in File.ReadLines(DataFile("rows.txt")).Append(">"))
        {
            number++;
            if (line.StartsWith('>') && expected.Count > 0)
            {
                data.Add(first, string.Join('\n', sent), string.Join('\n', expected));
                sent.Clear();
                expected.Clear();
            }
            if (line.StartsWith('>'))
            {
                if (sent.Count == 0) first = number;
                sent.Add(line.Length > 2 ? line[2..] : "");
            }
            else if (line.StartsWith('=')) expected.Add(line[2..]);
            else Assert.True(line.Length == 0 || line.StartsWith('#'), $"Line {number} of rows.txt is nothing known");
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Rows_become_what_the_interface_promises(int line, string sent, string expected) =>
        Assert.Equal($"rows.txt({line}):\n{expected}", $"rows.txt({line}):\n{Print(Encoding.UTF8.GetBytes(sent))}");

    [Fact]
    public void Every_published_template_is_served_or_on_the_list_of_those_not_yet()
    {
        var published = Ids("static-ids.txt");
        var notYet = Ids("static-ids-not-yet.txt");
        var served = Interpreter.Templates.RequestIds.Select(id => $"request {id}")
            .Concat(Interpreter.Templates.ResponseIds.Select(id => $"response {id}")).ToHashSet();

        Assert.Equal(published.Order(), served.Concat(notYet).Order());
        Assert.Empty(served.Intersect(notYet));
        Assert.True(notYet.Count <= NotYetMost, $"The list of templates not served yet grew to {notYet.Count}");
    }

    [Fact]
    public void Every_served_request_template_has_a_row_that_succeeds_in_the_table()
    {
        var shown = new HashSet<string>();
        foreach (var (_, sent, expected) in Blocks().Select(b => b.Data))
        {
            var hasError = expected.Split('\n').Any(l => char.IsAsciiDigit(l[0]));
            if (!hasError) shown.Add(sent.Split(',', ' ', '\n')[0]);
        }
        Assert.Empty(Interpreter.Templates.RequestIds.Except(shown));
    }

    [Fact]
    public void An_empty_message_is_no_row() => Assert.Equal("", Print([]));

    [Fact]
    public void Line_ends_of_either_kind_part_rows() => Assert.Equal("TellDeviceId\nListChildDevices", Print("123\r\n105\r\n\r\n"u8.ToArray()));

    [Fact]
    public void A_message_that_is_not_utf8_costs_only_its_row() =>
        Assert.Equal("42,100,Malformed row: not UTF-8\nTellDeviceId", Print([.. "100,"u8, 0xC3, 0x28, .. "\n123"u8]));

    [Fact]
    public void A_wrong_value_is_shown_shortened_and_on_one_line()
    {
        var line = Print(Encoding.UTF8.GetBytes("211,\"a\nb" + new string('x', 5000) + "\""));
        Assert.StartsWith("45,211,Value is not a NUMBER: a bxxx", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 100, 200);
    }

    [Fact]
    public void A_child_id_is_no_longer_than_an_external_id()
    {
        Assert.StartsWith("CreateChildDevice", Print(Encoding.UTF8.GetBytes("101," + new string('é', 1000))), StringComparison.Ordinal);
        Assert.StartsWith("45,101,Value of childId is too long", Print(Encoding.UTF8.GetBytes("101," + new string('é', 1001))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_larger_than_the_room_at_first_is_read_whole()
    {
        var row = new StringBuilder("201,t,");
        var expected = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            row.Append(CultureInfo.InvariantCulture, $",f,s{i},{i}.5,\"u\"\"{i}\"");
            expected.Add($"\"s{i}\":{{\"value\":{i}.5,\"unit\":\"u\\\"{i}\"}}");
        }
        Assert.Equal(
            $"CreateMeasurement type=t|{Now:O}|\"f\":{{{string.Join(',', expected)}}}", Print(Encoding.UTF8.GetBytes(row.ToString())));
    }

    [Theory]
    [InlineData("105", "s/ds", "106")]
    [InlineData("105", "s/ds", "106,motor,\"a,b\"", "motor", "a,b")]
    [InlineData("123", "s/ds", "124,4711", "4711")]
    [InlineData("600", "s/ds", "601,1.2.3", "1.2.3")]
    [InlineData("602", "s/ds", "603,100,101,510", "100", "101", "510")]
    public void A_question_is_answered_by_the_row_that_the_interface_names(string question, string topic, string row, params string[] values)
    {
        using var reader = new CsvReader(Encoding.UTF8.GetBytes(question));
        Assert.Equal(CsvRead.Row, reader.Read());
        Assert.True(Interpreter.TryRead(reader.Row, "pump-0007", Now, out var command, out _, out _));
        var template = Interpreter.Templates.ReplyTo(command)!;
        Assert.Equal(topic, Encoding.UTF8.GetString(template.TopicBytes));
        Assert.Equal(row, Written(template, values));
    }

    [Fact]
    public void Credentials_are_sent_as_the_interface_names_them()
    {
        var template = Interpreter.Templates.Response("70");
        Assert.Equal("s/dcr"u8.ToArray(), template.TopicBytes);
        Assert.Equal("70,t1,device_pump-0007,N4kq", Written(template, "t1", "device_pump-0007", "N4kq"));
        Assert.Throws<InvalidOperationException>(() => Written(template, "t1"));
    }

    private static string Written(ResponseTemplate template, params string[] values)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        CsvWriter.Response(output, template, values);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Print(byte[] payload)
    {
        var lines = new List<string>();
        using var reader = new CsvReader(payload);
        for (var read = reader.Read(); read != CsvRead.End; read = reader.Read())
        {
            if (read == CsvRead.Malformed) lines.Add(Interpreter.MalformedRow(reader).ToString());
            else if (Interpreter.TryRead(reader.Row, "pump-0007", Now, out var command, out var id, out var error))
            {
                Assert.Equal(id, Encoding.UTF8.GetString(reader.Row[0]));
                lines.Add(Print(command));
            }
            else lines.Add(error.ToString());
        }
        return string.Join('\n', lines);
    }

    private static string Print(DeviceCommand command) => command switch
    {
        CreateDevice c => $"CreateDevice name={c.Name}|type={c.Type}",
        CreateChildDevice c => $"CreateChildDevice id={c.ChildId}|name={c.Name}|type={c.Type}|{(c.IsDevice ? "device" : "no device")}",
        CreateService c => $"CreateService id={c.ServiceId}|type={c.ServiceType}|name={c.Name}|status={c.Status}",
        UpdateFragments c => $"UpdateFragments {Print(c.Change)}",
        CreateMeasurement { Measurement: var m } =>
            $"CreateMeasurement type={m.Type}|{m.Time:O}|{Json([(byte)'{', .. m.Members, (byte)'}'])[1..^1]}",
        CreateEvent { Event: var e } c => $"CreateEvent type={e.Type}|text={e.Text}|{e.Time:O}|{Print(e.Fragments)}{(c.IsState ? "|state" : "")}",
        UpdateEventOfType c => $"UpdateEventOfType type={c.Type}|text={c.Change.Text}|{Print(c.Change.Fragments)}",
        RaiseAlarm { Alarm: var a } => $"RaiseAlarm {a.Severity} {a.Status} type={a.Type}|text={a.Text}|{a.Time:O}|{Print(a.Fragments)}",
        UpdateAlarmOfType c => $"UpdateAlarmOfType type={c.Type}|text={c.Change.Text}|severity={c.Change.Severity}|status={c.Change.Status}|{Print(c.Change.Fragments)}",
        AddFragments c => "AddFragments " + Print(c.Added),
        MergeLists c => "MergeLists " + Print(c.Entries),
        RemoveFromLists c => "RemoveFromLists " + Print(c.Entries),
        ReportProfile c => $"ReportProfile {(c.IsExecuted ? "executed" : "not executed")}|profile={c.ProfileId}",
        AdvanceOperation c => $"AdvanceOperation {c.Status.Name()}|id={c.OperationId}|fragment={c.Fragment}|reason={c.FailureReason}|parameters={string.Join('|', c.Parameters)}",
        FailOperations c => $"FailOperations fragment={c.Fragment}|reason={c.FailureReason}",
        _ => command.GetType().Name,
    };

    private static string Print(Fragments fragments) => "{" + string.Join(',', fragments.Items.Select(f => $"\"{f.Name}\":{Json(f.Json)}")) + "}";

    /// <summary>The bytes as text, having made sure that they are JSON.</summary>
    private static string Json(byte[] json)
    {
        System.Text.Json.JsonDocument.Parse(json).Dispose();
        return Encoding.UTF8.GetString(json);
    }

    private static HashSet<string> Ids(string file) =>
        [.. from line in File.ReadLines(DataFile(file))
            where !line.StartsWith('#')
            let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            from id in words.Skip(1)
            select $"{words[0]} {id}"];

    private static string DataFile(string name) => Path.Combine(AppContext.BaseDirectory, "SmartRest", name);
}
