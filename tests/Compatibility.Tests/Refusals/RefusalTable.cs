using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>
/// The table of refusals, <c>tests/refusals.json</c>: rule x door x expected, and the world in which it holds. Words in braces stand for
/// names and ids that the world has made.
/// </summary>
public sealed record RefusalTable(
    IReadOnlyList<Actor> Actors, IReadOnlyList<Step> World, IReadOnlyList<Request> Watch, IReadOnlyList<Row> Rows)
{
    private static readonly JsonSerializerOptions Reading = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static RefusalTable Whole { get; } = Read();

    public Row this[string id] => Rows.Single(row => row.Id == id);

    private static RefusalTable Read()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "refusals.json"));
        return JsonSerializer.Deserialize<RefusalTable>(file, Reading) ?? throw new InvalidDataException("The table of refusals is empty.");
    }
}

/// <summary>A user with exactly these grants.</summary>
/// <param name="By">Who makes it; null for those that there are from the start, or that a step of the world makes.</param>
/// <param name="Roles">Authorities without <c>ROLE_</c>, held directly beside OWN_READ and OWN_ADMIN.</param>
/// <param name="Groups">Ids of groups.</param>
/// <param name="Without">Authorities that are taken away again.</param>
public sealed record Actor(
    string Name, string? By = null, IReadOnlyList<string>? Roles = null, IReadOnlyList<int>? Groups = null, IReadOnlyList<string>? Without = null);

/// <summary>A REST request of an actor; <paramref name="Ask"/> is method and path.</summary>
public record Request(string As, string Ask, JsonElement? Body = null);

/// <summary>A request that prepares the world.</summary>
/// <param name="Status">What it must answer; null for any success.</param>
/// <param name="Keep">The name of the id that it makes: the last part of the new resource's address.</param>
/// <param name="Becomes">The actor that its answer holds the credentials of.</param>
/// <param name="Times">How often it is sent; the last one's id is kept.</param>
public sealed record Step(string As, string Ask, JsonElement? Body = null, int? Status = null, string? Keep = null, string? Becomes = null, int Times = 1)
    : Request(As, Ask, Body);

/// <summary>One rule, and what it looks like at each door that can show it.</summary>
/// <param name="Id">Unique and lasting: tests are called after it.</param>
/// <param name="Rule">The rule in words.</param>
/// <param name="Actor">Who asks. <c>nobody</c> sends no credentials, and <c>NAME:wrong</c> a wrong password.</param>
/// <param name="Prepare">What this row alone needs; done before each door.</param>
/// <param name="After">What must hold afterwards, with the status that each gets.</param>
public sealed record Row(
    string Id, string Rule, string Actor, RestDoorRow? Rest = null, MqttDoorRow? Mqtt = null, GrainDoorRow? Grain = null,
    IReadOnlyList<Step>? Prepare = null, IReadOnlyList<Glance>? After = null)
{
    public override string ToString() => Id;
}

/// <param name="Text">A body that is no JSON, or must arrive as it is spelt.</param>
/// <param name="Fill">A body of so many bytes.</param>
/// <param name="Type">The body's media type.</param>
/// <param name="Error">The answer's <c>error</c>; every answer from 400 on needs one.</param>
/// <param name="Denial">The rule by which a denial says that it refused; null for any.</param>
/// <param name="Contains">What the answer's body holds.</param>
/// <param name="Lacks">What it does not hold.</param>
public sealed record RestDoorRow(
    string Ask, int Status, string? Error = null, string? Message = null, JsonElement? Body = null, string? Text = null, int? Fill = null,
    string? Type = null, string? Denial = null, IReadOnlyList<string>? Contains = null, IReadOnlyList<string>? Lacks = null)
{
    public bool Refuses => Status >= 400;
}

/// <param name="Client">The MQTT client id.</param>
/// <param name="Connack">The answer to CONNECT.</param>
/// <param name="Listens">What it subscribes to first; null for <c>s/e</c> and <c>error</c>.</param>
/// <param name="Denied">What it then asks to hear as well, and is not granted.</param>
/// <param name="Send">What is then sent, in one write.</param>
/// <param name="Lines">The lines on these topics, in order; one that begins with an asterisk needs to be a part only.</param>
/// <param name="Acks">How many messages are acknowledged.</param>
/// <param name="Closes">Whether the server then closes the connection.</param>
public sealed record MqttDoorRow(
    string Client, int Connack = 0, IReadOnlyList<string>? Listens = null, IReadOnlyList<string>? Denied = null, IReadOnlyList<MqttSend>? Send = null, IReadOnlyList<string>? Lines = null, int Acks = 0, bool Closes = false);

/// <summary>A message at QoS 1, or raw bytes in hexadecimal.</summary>
/// <param name="PacketBytes">The payload is filled up until the packet has so many bytes.</param>
public sealed record MqttSend(string? Topic = null, string Payload = "", string? Hex = null, int PacketBytes = 0);

/// <param name="Ask">Interface and method; the arguments besides the caller are the plainest that there are.</param>
/// <param name="Key">The grain's key.</param>
/// <param name="Kind">The refusal's kind, or <c>Answer</c>.</param>
/// <param name="About">The object that a list of ids in the arguments names.</param>
public sealed record GrainDoorRow(string Ask, string Key, string Kind, string? About = null);

/// <summary>A look at what came of a row.</summary>
public sealed record Glance(string As, string Ask, int Status, IReadOnlyList<string>? Contains = null, IReadOnlyList<string>? Lacks = null);
