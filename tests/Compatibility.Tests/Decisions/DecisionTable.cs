using System.Text.Json;

namespace Bailiwick.Compatibility.Tests.Decisions;

/// <summary>
/// The decision table, <c>tests/decisions.json</c>: who may do what, each row with the world in which it is asked and with what must be
/// answered. Words in braces stand for names and ids that the row's own world has made.
/// </summary>
/// <param name="Documents">What <see cref="DecisionStep.Make"/> sends, by kind.</param>
public sealed record DecisionTable(IReadOnlyDictionary<string, DocumentForm> Documents, IReadOnlyList<Decision> Rows)
{
    private static readonly JsonSerializerOptions Reading = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    public static DecisionTable Whole { get; } = Read();

    /// <summary>The rows that wait for nothing.</summary>
    public IEnumerable<Decision> Asked => Rows.Where(row => row.WaitsFor is null);

    public Decision this[int number] => Rows.Single(row => row.Row == number);

    private static DecisionTable Read()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "decisions.json"));
        return JsonSerializer.Deserialize<DecisionTable>(file, Reading) ?? throw new InvalidDataException("The decision table is empty.");
    }
}

/// <summary>A document of some kind at its plainest, and where it is sent.</summary>
public sealed record DocumentForm(string Ask, JsonElement Body);

/// <summary>One row.</summary>
/// <param name="Row">Its number, which lasts.</param>
/// <param name="Promise">What is promised, in words.</param>
/// <param name="Tag"><c>documented</c>, <c>inferred</c>, or <c>ours</c>.</param>
/// <param name="WaitsFor">The part of the platform that the row cannot be asked without, and that there is not yet.</param>
/// <param name="Disputed">Why the row is held to be wrong.</param>
/// <param name="Tenants">Tenants that the row needs beside the two that there are.</param>
/// <param name="Groups">Groups that the row needs beside the default ones.</param>
/// <param name="Given">What is done before; by the administrator, unless a step says otherwise, and with success.</param>
/// <param name="Steps">What is asked; by <c>user</c>, unless a step says otherwise.</param>
/// <param name="Mqtt">The same asked over MQTT, in a world of its own.</param>
/// <param name="Then">What must hold after that, asked over REST.</param>
public sealed record Decision(
    int Row, string Promise, string Tag, string? WaitsFor = null, string? Disputed = null, IReadOnlyList<string>? Tenants = null,
    IReadOnlyList<DecisionGroup>? Groups = null, IReadOnlyList<DecisionActor>? Actors = null, IReadOnlyList<DecisionStep>? Given = null,
    IReadOnlyList<DecisionStep>? Steps = null, IReadOnlyList<DecisionMqtt>? Mqtt = null, IReadOnlyList<DecisionStep>? Then = null);

/// <param name="Roles">Authorities without <c>ROLE_</c>.</param>
/// <param name="DevicePermissions">By the object's name.</param>
public sealed record DecisionGroup(string Name, IReadOnlyList<string>? Roles = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? DevicePermissions = null);

/// <summary>A user with exactly these grants beside OWN_READ and OWN_ADMIN.</summary>
/// <param name="By">Who makes it.</param>
/// <param name="Tenant">One of the row's tenants.</param>
/// <param name="Device">A device user, as registration makes it: the credentials, and nothing else.</param>
/// <param name="Roles">Authorities without <c>ROLE_</c>, held directly.</param>
/// <param name="Without">Authorities that are taken away again.</param>
/// <param name="Groups">Names of groups.</param>
/// <param name="Owns">Names of objects of the setup.</param>
/// <param name="Inventory">By the object's name: the name of a default inventory role, or a list of permissions, each <c>SCOPE:type:LEVEL</c>.</param>
/// <param name="DevicePermissions">By the object's name.</param>
public sealed record DecisionActor(
    string Name, string By = "admin", string? Tenant = null, bool Device = false, IReadOnlyList<string>? Roles = null,
    IReadOnlyList<string>? Without = null, IReadOnlyList<string>? Groups = null, IReadOnlyList<string>? Owns = null,
    IReadOnlyDictionary<string, JsonElement>? Inventory = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? DevicePermissions = null);

/// <summary>A request, and what must be answered.</summary>
/// <param name="Ask">Method and path.</param>
/// <param name="Make">Instead: a kind of document, which is sent.</param>
/// <param name="Of">The name of the object that it is about.</param>
/// <param name="With">Members of the document beside the plainest ones.</param>
/// <param name="Keep">The name of the id that it makes.</param>
/// <param name="Becomes">The actor that its answer holds the credentials of.</param>
/// <param name="Status">Any success when there is none.</param>
/// <param name="Error">The answer's <c>error</c>.</param>
/// <param name="Ids">Of a list: the names of exactly those in it that the row has made.</param>
/// <param name="Total">Of a list: how many elements there are in all.</param>
/// <param name="Pages">Of a list: how many pages.</param>
/// <param name="Count">Of an answer that is a number.</param>
/// <param name="Has">Values by their dotted paths; an object stands for any object.</param>
/// <param name="Lacks">Dotted paths at which there must be nothing.</param>
/// <param name="Contains">Parts of the answer's text.</param>
public sealed record DecisionStep(
    string? Ask = null, string? As = null, JsonElement? Body = null, IReadOnlyDictionary<string, string>? Headers = null, string? Make = null,
    string? Of = null, JsonElement? With = null, string? Keep = null, string? Becomes = null, int? Status = null, string? Error = null,
    IReadOnlyList<string>? Ids = null, long? Total = null, long? Pages = null, long? Count = null,
    IReadOnlyDictionary<string, JsonElement>? Has = null, IReadOnlyList<string>? Lacks = null, IReadOnlyList<string>? Contains = null)
{
    public override string ToString() => Ask ?? $"{Make} of {Of} {With}";
}

/// <summary>A connection and what is said on it.</summary>
/// <param name="As">Who connects.</param>
/// <param name="Door">As in the table of refusals.</param>
public sealed record DecisionMqtt(Refusals.MqttDoorRow Door, string As = "user");
