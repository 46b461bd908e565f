using System.Text;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Edge.Tests.Mqtt;

public sealed class TopicsTests
{
    [Theory]
    [InlineData("s/us", "Static Persistent")]
    [InlineData("t/us", "Static Transient")]
    [InlineData("q/us", "Static Quiescent")]
    [InlineData("c/us", "Static Cep")]
    [InlineData("s/us/pump-0007:device:motor", "Static Persistent child=pump-0007:device:motor")]
    [InlineData("t/us/motor", "Static Transient child=motor")]
    [InlineData("s/ud", "DefaultCollection Persistent")]
    [InlineData("q/ud/motor", "DefaultCollection Quiescent child=motor")]
    [InlineData("s/uc/pump_v1", "Collection Persistent in=pump_v1")]
    [InlineData("c/uc/pump_v1/motor", "Collection Cep in=pump_v1 child=motor")]
    [InlineData("s/ut/pump_v1", "MakeCollection Persistent in=pump_v1")]
    [InlineData("s/ul/pump_v1", "LegacyCollection Persistent in=pump_v1")]
    [InlineData("s/ucr", "Bootstrap Persistent")]
    [InlineData("s/uat", "Token Persistent")]
    [InlineData("measurement/measurements/create", "Json Persistent MeasurementCreate")]
    [InlineData("t/measurement/measurements/createBulk", "Json Transient MeasurementCreateBulk")]
    [InlineData("measurement/measurements/delete/12", "Json Persistent MeasurementDelete id=12")]
    [InlineData("event/events/create", "Json Persistent EventCreate")]
    [InlineData("q/event/events/createBulk", "Json Quiescent EventCreateBulk")]
    [InlineData("event/events/update/12", "Json Persistent EventUpdate id=12")]
    [InlineData("event/events/delete/12", "Json Persistent EventDelete id=12")]
    [InlineData("alarm/alarms/create", "Json Persistent AlarmCreate")]
    [InlineData("c/alarm/alarms/createBulk", "Json Cep AlarmCreateBulk")]
    [InlineData("alarm/alarms/update/12", "Json Persistent AlarmUpdate id=12")]
    [InlineData("inventory/managedObjects/create", "Json Persistent InventoryCreate")]
    [InlineData("inventory/managedObjects/update/pump-0007:motor", "Json Persistent InventoryUpdate id=pump-0007:motor")]
    [InlineData("inventory/managedObjects/12/childDevices/create", "Json Persistent InventoryChildDevice id=12")]
    [InlineData("s/ds", "Refused")]
    [InlineData("s/e", "Refused")]
    [InlineData("s/it", "Refused")]
    [InlineData("s/us/", "Refused")]
    [InlineData("s/us/a/b", "Refused")]
    [InlineData("s/uc", "Refused")]
    [InlineData("s/uc/", "Refused")]
    [InlineData("s/uc/x/", "Refused")]
    [InlineData("s/ut", "Refused")]
    [InlineData("t/ucr", "Refused")]
    [InlineData("q/ut/x", "Refused")]
    [InlineData("s/ucr/x", "Refused")]
    [InlineData("S/us", "Refused")]
    [InlineData("x/us", "Refused")]
    [InlineData("us", "Refused")]
    [InlineData("s/", "Refused")]
    [InlineData("/", "Refused")]
    [InlineData("s/measurement/measurements/create", "Refused")]
    [InlineData("alarm/alarms/delete/12", "Refused")]
    [InlineData("measurement/measurements/update/12", "Refused")]
    [InlineData("event/events/update/", "Refused")]
    [InlineData("event/events/update/1/2", "Refused")]
    [InlineData("event/events/create/1", "Refused")]
    [InlineData("inventory/managedObjects/createBulk", "Refused")]
    [InlineData("inventory/managedObjects/delete/1", "Refused")]
    [InlineData("inventory/managedObjects//childDevices/create", "Refused")]
    [InlineData("devicecontrol/notifications", "Refused")]
    [InlineData("error", "Refused")]
    [InlineData("pumps/7/flow", "Refused")]
    public void A_topic_to_publish_on_has_one_answer(string topic, string answer) =>
        Assert.Equal(answer, Print(Topics.Published(Encoding.UTF8.GetBytes(topic))));

    [Fact]
    public void A_child_is_named_by_at_most_as_many_characters_as_an_external_id_has()
    {
        var longest = new string('é', Limits.ExternalIdCharsMax);
        Assert.Equal(PublishKind.Static, Topics.Published(Encoding.UTF8.GetBytes("s/us/" + longest)).Kind);
        Assert.Equal(PublishKind.Refused, Topics.Published(Encoding.UTF8.GetBytes("s/us/" + longest + "é")).Kind);
    }

    [Theory]
    [InlineData("s/ds", "Static")]
    [InlineData("s/dd", "DefaultCollection")]
    [InlineData("s/dc/pump_v1", "Collection pump_v1")]
    [InlineData("s/dc/#", "AnyCollection")]
    [InlineData("s/dt", "CollectionReplies")]
    [InlineData("s/dl/x", "LegacyCollection x")]
    [InlineData("s/ol/x", "LegacyOperations x")]
    [InlineData("s/dcr", "Credentials")]
    [InlineData("s/dat", "Token")]
    [InlineData("s/e", "Errors")]
    [InlineData("error", "JsonErrors")]
    [InlineData("devicecontrol/notifications", "JsonOperations")]
    [InlineData("#", "Refused")]
    [InlineData("+/ds", "Refused")]
    [InlineData("s/+", "Refused")]
    [InlineData("s/#", "Refused")]
    [InlineData("s/ds/#", "Refused")]
    [InlineData("s/dc/+", "Refused")]
    [InlineData("s/dc/a#", "Refused")]
    [InlineData("s/dc", "Refused")]
    [InlineData("s/dc/", "Refused")]
    [InlineData("s/dc/a/b", "Refused")]
    [InlineData("s/us", "Refused")]
    [InlineData("s/us/#", "Refused")]
    [InlineData("t/ds", "Refused")]
    [InlineData("s/e/x", "Refused")]
    [InlineData("$SYS/#", "Refused")]
    public void A_filter_to_subscribe_to_has_one_answer(string filter, string answer)
    {
        var found = Topics.Subscribed(Encoding.UTF8.GetBytes(filter));
        Assert.Equal(answer, $"{found.Kind} {Encoding.UTF8.GetString(found.Collection)}".TrimEnd());
    }

    [Fact]
    public void Until_the_device_exists_its_own_lines_are_not_granted_and_errors_and_credentials_are()
    {
        foreach (var filter in (string[])["s/ds", "s/dat", "devicecontrol/notifications"])
        {
            Assert.Equal(0x80, Topics.Subscribed(Encoding.UTF8.GetBytes(filter)).ReturnCode(Qos.AtLeastOnce, deviceExists: false));
            Assert.Equal(1, Topics.Subscribed(Encoding.UTF8.GetBytes(filter)).ReturnCode(Qos.AtLeastOnce, deviceExists: true));
        }
        foreach (var filter in (string[])["s/e", "s/dcr", "s/dc/#", "s/dt", "error"])
            Assert.Equal(2, Topics.Subscribed(Encoding.UTF8.GetBytes(filter)).ReturnCode(Qos.ExactlyOnce, deviceExists: false));
        Assert.Equal(0x80, Topics.Subscribed("s/#"u8).ReturnCode(Qos.AtMostOnce, deviceExists: true));
    }

    private static string Print(PublishTopic topic)
    {
        if (topic.Kind == PublishKind.Refused) return "Refused";
        var text = new StringBuilder().Append(topic.Kind).Append(' ').Append(topic.Mode);
        if (topic.Json != JsonTopic.None) text.Append(' ').Append(topic.Json);
        if (!topic.Collection.IsEmpty) text.Append(" in=").Append(Encoding.UTF8.GetString(topic.Collection));
        if (!topic.Child.IsEmpty) text.Append(" child=").Append(Encoding.UTF8.GetString(topic.Child));
        if (!topic.Id.IsEmpty) text.Append(" id=").Append(Encoding.UTF8.GetString(topic.Id));
        return text.ToString();
    }
}
