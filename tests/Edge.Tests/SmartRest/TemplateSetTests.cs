using System.Text;
using Bailiwick.Edge.SmartRest;

namespace Bailiwick.Edge.Tests.SmartRest;

/// <summary>A template file that the interpreter could not carry out is refused when it is read, and the message says where it is wrong.</summary>
public sealed class TemplateSetTests
{
    [Theory]
    [InlineData("", "x.json: ")]
    [InlineData("""{ "id": "1", "title": "t", "command": "Explode" }""", "x.json: The JSON value could not be converted")]
    [InlineData("""{ "id": "1", "title": "t" }""", "x.json: JSON deserialization for type")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId", "feilds": [] }""", "x.json: The JSON property 'feilds'")]
    [InlineData("""{ "id": "", "title": "t", "command": "TellDeviceId" }""", "x.json: template : an id is 1 to 32 characters")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId" }, { "id": "1", "title": "t", "command": "TellDeviceId" }""", "x.json: template 1: an id is 1 to 32 characters and stands once")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId", "fields": [ { "name": "a" }, { "name": "a" } ] }""", "x.json: template 1: field a: a name stands once")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId", "fields": [ { "name": "serial" } ] }""", "x.json: template 1: field serial")]
    [InlineData("""{ "id": "1", "title": "t", "command": "CreateDevice", "fields": [ { "name": "a", "as": "name", "required": true } ] }""", "x.json: template 1: argument Type of CreateDevice is given 0 times")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId", "fields": [ { "name": "a", "as": "name", "required": true } ] }""", "x.json: template 1: argument Name of TellDeviceId is given 1 times")]
    [InlineData("""{ "id": "1", "title": "t", "command": "CreateDevice", "fields": [ { "name": "a", "as": "name" }, { "name": "b", "as": "type", "required": true } ] }""", "x.json: template 1: field a: an argument is required or has a default")]
    [InlineData("""{ "id": "1", "title": "t", "command": "TellDeviceId", "fixed": { "a": "1" } }""", "x.json: template 1: TellDeviceId has no document")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments" }""", "x.json: template 1: UpdateFragments needs document")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fixed": { "a": "{" } }""", "x.json: template 1: fixed: a: { is not JSON")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x.[]" } ] }""", "x.json: template 1: field a: x.[]: an element stands in a group")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x..y" } ] }""", "x.json: template 1: field a: an empty text or path")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x_{b}" }, { "name": "b" } ] }""", "x.json: template 1: field a: x_{b}: b is no required field")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x_{b" } ] }""", "x.json: template 1: field a: x_{b: a brace is not closed")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x", "type": "Number", "default": "1" } ] }""", "x.json: template 1: field a: only a String can have a default")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x", "required": true, "default": "1" } ] }""", "x.json: template 1: field a: is required and has a default")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "anyOf": [ "b" ], "fields": [ { "name": "a", "at": "x" } ] }""", "x.json: template 1: anyOf: b is no field")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "group": { "fields": [] }, "fixed": { "a": "1" } }""", "x.json: template 1: group: has no fields")]
    [InlineData("""{ "id": "1", "title": "t", "command": "AdvanceOperation", "arguments": { "status": "FAILED" } }""", "x.json: template 1: an operation is named by its id or by its fragment")]
    [InlineData("""{ "id": "1", "title": "t", "command": "AdvanceOperation", "arguments": { "status": "BROKEN" }, "fields": [ { "name": "a", "as": "fragment", "required": true } ] }""", "x.json: template 1: arguments: the status is one of PENDING")]
    [InlineData("""{ "id": "1", "title": "t", "command": "FailOperations", "group": { "fields": [ { "name": "a", "as": "reason" } ] } }""", "x.json: template 1: group: an argument cannot repeat")]
    [InlineData("""{ "id": "1", "title": "t", "command": "UpdateFragments", "fields": [ { "name": "a", "at": "x", "type": "Number", "oneOf": [ "1" ] } ] }""", "x.json: template 1: field a: only a String can be one of several words")]
    public void A_wrong_request_template_is_named(string requests, string message)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Parse(requests.Length == 0 ? "{" : File(requests)));
        Assert.StartsWith(message, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_responses_and_errors_are_named()
    {
        Assert.Contains("only the last column can repeat", Assert.Throws<InvalidOperationException>(() => Parse(File(
            "", """{ "id": "9", "title": "t", "topic": "s/ds", "columns": [ "a...", "b" ] }"""))).Message, StringComparison.Ordinal);
        Assert.Contains("two answer TellDeviceId", Assert.Throws<InvalidOperationException>(() => Parse(File(
            "", """{ "id": "8", "title": "t", "topic": "s/ds", "columns": [], "answers": "TellDeviceId" }, { "id": "9", "title": "t", "topic": "s/ds", "columns": [], "answers": "TellDeviceId" }"""))).Message, StringComparison.Ordinal);
        foreach (var (row, what) in new[]
        {
            ("""{ "id": "8", "title": "t", "topic": "s/ds", "columns": [], "when": "a" }""", "response 8: conditions and parts are those of an operation"),
            ("""{ "id": "8", "title": "t", "topic": "s/ds", "columns": [], "operation": "x", "answers": "TellDeviceId" }""", "response 8: a row of an operation answers no command"),
            ("""{ "id": "8", "title": "t", "topic": "s/ds", "columns": [ "a" ], "operation": "x", "parts": [] }""", "response 8: has columns and parts"),
            ("""{ "id": "8", "title": "t", "topic": "s/ds", "columns": [ "[].a" ], "operation": "x" }""", "response 8: an element is named in a condition only"),
        })
            Assert.Contains(what, Assert.Throws<InvalidOperationException>(() => Parse(File("", row))).Message, StringComparison.Ordinal);
        Assert.Equal("x.json: errors: NoMessageId has no entry", Assert.Throws<InvalidOperationException>(() => Parse(
            """{ "requests": [], "responses": [], "errors": {} }""")).Message);
    }

    [Fact]
    public void A_right_file_is_accepted() =>
        Assert.Equal(["1"], Parse(File("""{ "id": "1", "title": "t", "command": "TellDeviceId" }""")).RequestIds);

    private static TemplateSet Parse(string json) => TemplateSet.Parse(Encoding.UTF8.GetBytes(json), "x.json");

    private static string File(string requests, string responses = "")
    {
        var errors = string.Join(", ", Enum.GetNames<RowFault>().Select(name => $"\"{name}\": {{ \"code\": \"Malformed\", \"text\": \"t\" }}"));
        return $$"""{ "requests": [ {{requests}} ], "responses": [ {{responses}} ], "errors": { {{errors}} } }""";
    }
}
